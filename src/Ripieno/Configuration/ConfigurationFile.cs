using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Finds and reads config files: the only place of the loader that touches the disk, but for the look at prompt files.</summary>
internal sealed class ConfigurationFile(string currentFolder, List<Problem> problems)
{
    public const string Standard = "config/agents.config.json";

    private const long LargestFile = 4 * 1024 * 1024;
    private const int LongestChain = 16;

    private readonly List<string> _chain = [];

    /// <summary>Absolute paths of the file that was read and of those that it extends, in this order.</summary>
    public IReadOnlyList<string> Chain => _chain;

    /// <summary>
    /// The path of the config: the one named, else <see cref="Standard"/> in the current folder or the nearest parent that has it, up to the root
    /// of the Git repository; null when there is none.
    /// </summary>
    public string? Find(string? named)
    {
        if (named is not null)
            return Path.GetFullPath(named, currentFolder);
        for (var folder = new DirectoryInfo(currentFolder); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, Standard);
            if (File.Exists(path))
                return path;
            if (Path.Exists(Path.Combine(folder.FullName, ".git")))
                return null;
        }

        return null;
    }

    /// <summary>The folder that relative paths start from: the one that holds <c>config/</c>, else the file's own.</summary>
    public static string ProjectFolder(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        return Path.GetFileName(folder) == "config" ? Path.GetDirectoryName(folder) ?? folder : folder;
    }

    /// <summary>The file laid over those that it extends; every part that is wrong is left out and told.</summary>
    public SourceObject Read(string path, string? named)
    {
        var name = named ?? Shown(path);
        var missing = new Problem(null, null, named is null ? "config" : "--config", $"no file {name}", "a config file", Nearest(path));
        return Read(path, name, missing);
    }

    /// <summary>The checked tree of one text, or null when it is none. Pure.</summary>
    public static SourceObject? Parse(SourceText source, List<Problem> problems) =>
        SourceJson.Parse(source, problems) is { } node ? ConfigurationKeys.Whole.Check(node, "", problems) as SourceObject : null;

    private SourceObject Read(string path, string name, Problem missing)
    {
        _chain.Add(path);
        if (Parse(path, name, missing) is not { } own)
            return SourceObject.Empty;
        if (own["extends"] is not { } extends)
            return own;

        own = own.Without("extends");
        var target = Path.GetFullPath(extends.Text!, Path.GetDirectoryName(path)!);
        if (_chain.Contains(target, StringComparer.Ordinal) || _chain.Count >= LongestChain)
        {
            var files = string.Join(" → ", _chain.Append(target).Select(Path.GetFileName));
            problems.Add(extends.Origin.Problem("extends", _chain.Count >= LongestChain ? "a chain of files that is too long" : $"a cycle: {files}", "a chain of files that ends"));
            return own;
        }

        var absent = extends.Origin.Problem("extends", $"{extends.Described}, which does not exist", "a config file, relative to this one", Nearest(target));
        return ConfigurationMerge.Over(Read(target, Shown(target), absent), own);
    }

    private SourceObject? Parse(string path, string name, Problem missing)
    {
        try
        {
            return Parse(SourceText.Read(name, path, LargestFile, missing), problems);
        }
        catch (InvalidInputException invalid)
        {
            problems.AddRange(invalid.Problems);
            return null;
        }
    }

    /// <summary>A path as the user would type it.</summary>
    public string Shown(string path)
    {
        var relative = Path.GetRelativePath(currentFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string? Nearest(string path)
    {
        var folder = Path.GetDirectoryName(path);
        return Directory.Exists(folder)
            ? NearestName.Suggestion(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)))
            : null;
    }
}
