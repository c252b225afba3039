using System.Globalization;

namespace Ripieno.Diagnostics;

/// <summary>Memory that this process may use on Linux: the machine's, or less by a control group's limit (container, systemd slice).</summary>
/// <param name="root">The root folder; another one in tests.</param>
internal sealed class MachineMemory(string root)
{
    private const string GroupFolder = "sys/fs/cgroup";

    public long? Read()
    {
        var sizes = Limits().Append(Installed()).OfType<long>().ToList();
        return sizes.Count == 0 ? null : sizes.Min();
    }

    private long? Installed()
    {
        const string Label = "MemTotal:";
        var line = Text("proc/meminfo")?.Split('\n').FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        return line is not null && Number(line[Label.Length..].Replace("kB", "", StringComparison.Ordinal)) is { } kilobytes ? kilobytes * 1024 : null;
    }

    // A group is bound by its parents' limits too. Inside a container the path is not visible and the limit stands at the top.
    private IEnumerable<long?> Limits()
    {
        yield return Number(Text($"{GroupFolder}/memory/memory.limit_in_bytes"));
        var group = Text("proc/self/cgroup")?.Split('\n').FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..].Trim('/', ' ', '\r') ?? "";
        if (group.Split('/').Contains("..", StringComparer.Ordinal))
            group = "";
        while (true)
        {
            yield return Number(Text($"{GroupFolder}/{group}/memory.max"));
            if (group.Length == 0)
                yield break;
            group = Path.GetDirectoryName(group) ?? "";
        }
    }

    // "max" is no number, and so no limit.
    private static long? Number(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private string? Text(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
