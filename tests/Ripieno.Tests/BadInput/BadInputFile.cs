namespace Ripieno.Tests.BadInput;

/// <summary>A file that is wrong on purpose, and what must be said about it.</summary>
public sealed record BadInputFile(string Path, int? Line, IReadOnlyList<string> Texts)
{
    private static string Folder { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "BadInput");

    public static BadInputFile Of(string kind, string name) =>
        All(kind).Single(file => System.IO.Path.GetFileName(file.Path) == name);

    public static IEnumerable<BadInputFile> All(string kind) =>
        File.ReadAllLines(System.IO.Path.Combine(Folder, $"{kind}.expected"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | "))
            .Select(parts => new BadInputFile(System.IO.Path.Combine(Folder, kind, parts[0]), parts[1] == "-" ? null : int.Parse(parts[1]), parts[2..]));

    public static TheoryData<string> Names(string kind) => [.. All(kind).Select(file => System.IO.Path.GetFileName(file.Path))];
}
