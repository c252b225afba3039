using Ripieno.Cli.Output;
using Ripieno.Configuration;

namespace Ripieno.Cli.Drills;

/// <summary>
/// The drills of a project: one line of JSON for each, in <c>data/drills.jsonl</c>. A file and not the store, because it must tell of drills on every store that the project has had, and of those on one that was lost.
/// </summary>
internal static class DrillBook
{
    public const string File = "data/drills.jsonl";

    /// <returns>Where it stands.</returns>
    public static string Add(LoadedConfiguration configuration, DrillDocument drill)
    {
        var path = configuration.Absolute(File);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
        JsonOutput.WriteLine(writer, drill);
        return path;
    }
}
