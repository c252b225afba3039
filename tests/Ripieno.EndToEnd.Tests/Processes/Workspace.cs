namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>A folder of its own for one test, with nothing in it: what a user has on the first evening.</summary>
internal sealed class Workspace : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("ripieno-e2e-").FullName;

    public string Store => In("data", "ripieno.db");

    public string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string Write(string name, string text)
    {
        var path = In(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
