namespace Ripieno.Tests;

/// <summary>The repository that the tests were built from: shipped files are tested where they lie.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string File(string path) => System.IO.Path.Combine(Path, path);

    private static string Find(DirectoryInfo folder) =>
        System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Ripieno.slnx")) ? folder.FullName : Find(folder.Parent!);
}
