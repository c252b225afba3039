using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ripieno.Agents.Artifacts;

/// <summary>
/// Which paths a model may give its files: those that mean the same file, inside the task's folder, on every system. Models are asked for
/// plain names, so whatever looks like a trick is refused rather than repaired.
/// </summary>
internal static class ArtifactName
{
    private const int MaxPath = 300;
    private const int MaxComponent = 100;

    /// <summary>Linux allows 255 bytes for a name; the rest is room for the suffix of a file being written.</summary>
    private const int MaxComponentBytes = 200;

    /// <summary>The file by which an export marks work that was not accepted.</summary>
    public const string NotAccepted = "NOT-ACCEPTED.md";

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"|?*\\");

    // Letters that look like a dot or a slash, and that some systems turn into one.
    private static readonly SearchValues<char> LookAlikes = SearchValues.Create("\u2024\u2025\u2026\uFF0E\u2044\u2215\u29F8\uFF0F\uFE68\uFF3C\u29F5\u2216");

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>What is wrong with a path, as the end of a sentence; null = nothing.</summary>
    public static string? Problem(string path)
    {
        if (path.Length == 0)
            return "is empty";
        if (path.Length > MaxPath)
            return $"has {path.Length} characters; at most {MaxPath} are allowed";
        if (Characters(path) is { } found)
            return found;
        if (path[0] == '/')
            return "begins with a slash; it must be relative";
        return path.Split('/').Select(Component).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>What is wrong with the paths of one task, each as a whole sentence.</summary>
    public static IEnumerable<string> Problems(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            if (Problem(path) is { } problem)
                yield return $"The path '{Shown(path)}' {problem}.";
            else if (path.Equals(NotAccepted, StringComparison.OrdinalIgnoreCase))
                yield return $"The path '{path}' is reserved; choose another.";
        }

        foreach (var twice in paths.GroupBy(path => path, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            yield return $"The path '{Shown(twice.Key)}' is used {twice.Count()} times; paths must differ by more than upper and lower case.";

        var files = paths.ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths)
        {
            if (Folders(path).FirstOrDefault(files.Contains) is { } file)
                yield return $"The path '{Shown(path)}' lies in '{Shown(file)}', which is a file.";
        }
    }

    /// <summary>True for names that Windows keeps for devices, with any extension.</summary>
    public static bool IsReserved(string component) => Devices.Contains(component.Split('.')[0].TrimEnd());

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }

    private static string? Characters(string path)
    {
        if (path.AsSpan().IndexOfAny(Forbidden) is >= 0 and var forbidden)
            return $"contains {(path[forbidden] == '\\' ? "a backslash; folders are separated by forward slashes" : $"the character {path[forbidden]}")}";
        if (path.AsSpan().ContainsAny(LookAlikes))
            return "contains a letter that looks like a dot or a slash";
        for (var at = 0; at < path.Length; at++)
        {
            if (!Rune.TryGetRuneAt(path, at, out var rune))
                return "contains half a character";
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                return $"contains the invisible character U+{rune.Value:X4}";
            }

            if (rune.Value == '%' && path.AsSpan(at + 1) is [var high, var low, ..] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low))
                return $"contains the percent-encoded character {path.Substring(at, 3)}; write names plainly";
            at += rune.Utf16SequenceLength - 1;
        }

        return null;
    }

    private static string? Component(string name) => name switch
    {
        "" => "has an empty component (two slashes, or one at the end)",
        "." or ".." => $"has the component '{name}'; it must stay inside the task's folder",
        _ when name[0] == '.' || name[^1] == '.' => $"has the component '{name}', which begins or ends with a dot",
        _ when char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1]) => $"has the component '{name}', which begins or ends with a space",
        _ when name[0] == '~' => $"has the component '{name}', which begins with a tilde",
        _ when name.Length > MaxComponent || Encoding.UTF8.GetByteCount(name) > MaxComponentBytes =>
            $"has a component of {name.Length} characters; at most {MaxComponent} (and {MaxComponentBytes} bytes) are allowed",
        _ when IsReserved(name) => $"has the component '{name}', which is the name of a device on Windows",
        _ => null,
    };

    // Paths come from models: nothing invisible reaches a terminal or the next prompt.
    private static string Shown(string path)
    {
        var shown = new StringBuilder();
        foreach (var rune in path.EnumerateRunes().Take(80))
            shown.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format ? $"\\u{rune.Value:x4}" : rune.ToString());
        return path.Length > 80 ? shown.Append('…').ToString() : shown.ToString();
    }
}
