using System.Text.RegularExpressions;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>The instances of a project, as their config files say: what each has otherwise than the base, what is wrong with any of them, and what is allowed but probably not meant.</summary>
/// <param name="Base">The project's config; its name is empty.</param>
/// <param name="ProjectFolder">Absolute.</param>
/// <param name="All">In the order of their names, 2 before 10.</param>
/// <param name="Problems">Of the base and of all instances, each once.</param>
/// <param name="Warnings">Sentences.</param>
internal sealed partial record InstanceFiles(InstanceFile Base, string ProjectFolder, IReadOnlyList<InstanceFile> All, IReadOnlyList<Problem> Problems, IReadOnlyList<string> Warnings)
{
    private const string Ending = ".json";

    /// <summary>Finds, reads and compares.</summary>
    /// <param name="file">What <c>--config</c> says of the base; null = look for <see cref="ConfigurationFile.Standard"/>.</param>
    /// <param name="overrides">Options of the command line; they count for all alike.</param>
    /// <param name="currentFolder">Where to look.</param>
    /// <param name="environment">Looks up an environment variable. What names a machine or an instance is not looked up: each has its own.</param>
    /// <exception cref="NotFoundException">There is no config file.</exception>
    public static InstanceFiles Read(string? file, CommandLineOverrides overrides, string currentFolder, Func<string, string?> environment)
    {
        var current = Path.GetFullPath(currentFolder);
        var find = new ConfigurationFile(current, []);
        var path = find.Find(file);
        if (path is null || !File.Exists(path))
            throw new NotFoundException($"There is no config file {file ?? ConfigurationFile.Standard} that instance files could stand beside.");
        var name = find.Shown(path);
        var below = Load(new InstanceFile("", name));
        var instances = Beside(path).Select(other => Load(new(NameOf(path, other), find.Shown(other)))).ToList();
        if (below.Loaded is { } loaded)
            instances = instances.ConvertAll(one => one.Loaded is { } own ? one with { Differences = InstanceDifference.Of(own, loaded) } : one);
        return new(
            below, ConfigurationFile.ProjectFolder(path), instances,
            [.. below.Problems.Concat(instances.SelectMany(one => one.Problems)).Distinct()], [.. Warn(path, name, instances)]);

        InstanceFile Load(InstanceFile instance)
        {
            try
            {
                return instance with { Loaded = ConfigurationLoader.Load(instance.File, overrides, current, Variable) };
            }
            catch (InvalidInputException invalid)
            {
                return instance with { Problems = invalid.Problems };
            }
        }

        string? Variable(string name) => name is ConfigurationLoader.InstanceVariable or OllamaHost.Variable ? null : environment(name);
    }

    // The schema lies there too, and editors' copies may.
    private static IEnumerable<string> Beside(string path) => Directory
        .EnumerateFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.*{Ending}")
        .Where(other => other != path && other.EndsWith(Ending, StringComparison.Ordinal) && NameOf(path, other) is not ("" or "schema"))
        .OrderBy(other => Digits().Replace(NameOf(path, other), number => number.Value.PadLeft(9, '0')), StringComparer.Ordinal);

    private static string NameOf(string path, string other) => Path.GetFileName(other)[(Path.GetFileNameWithoutExtension(path).Length + 1)..^Ending.Length];

    private static IEnumerable<string> Warn(string path, string name, IReadOnlyList<InstanceFile> instances)
    {
        var right = instances.Where(one => one.Loaded is not null).ToList();
        foreach (var one in right.Where(one => !one.Loaded!.Files.Contains(path, StringComparer.Ordinal)))
        {
            yield return $"{one.File} does not extend {name}: of what that says nothing counts there. Add \"extends\": \"{Path.GetFileName(path)}\".";
        }

        foreach (var one in right.Where(one => one.Differences.Count == 0))
            yield return $"{one.File} says nothing else than {name}: it is not needed, or something is missing.";
        foreach (var same in right.Where(one => one.Loaded!.Options.Runtime.Instance is not null).GroupBy(one => one.Loaded!.Options.Runtime.Instance, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            yield return $"{Names(same)} have the same runtime.instance, '{same.Key}' ({Origins(same, "runtime.instance")}): on one store only one of them can run. Give each its own.";
        }

        // Each alone may be meant; together they are no system of many instances.
        var stores = right.GroupBy(one => one.Loaded!.StoreLocation, StringComparer.Ordinal).ToList();
        if (stores.Count > 1)
            yield return $"They use {stores.Count} stores, and only those on the same one share work: {string.Join("; ", stores.Select(store => $"{store.Key}: {string.Join(", ", store.Select(one => one.Name))}"))}.";
    }

    private static string Names(IEnumerable<InstanceFile> instances) => string.Join(" and ", instances.Select(one => one.Name));

    private static string Origins(IEnumerable<InstanceFile> instances, string place) =>
        string.Join(", ", instances.Select(one => one.Loaded!.Origins[place]).Distinct());

    [GeneratedRegex("[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
