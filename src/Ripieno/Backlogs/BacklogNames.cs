using System.Text;

namespace Ripieno.Backlogs;

/// <summary>Names of entries: how they are compared, shown and made into ids.</summary>
internal static class BacklogNames
{
    public const int LongestId = 64;

    private const int LongestDerivedId = 48;
    private const int Shown = 80;

    /// <summary>The name as it is compared: case, outer white space and runs of white space do not matter.</summary>
    public static string Fold(string name) => OneLine(name).ToUpperInvariant();

    /// <summary>The name on one line, without outer white space of any script.</summary>
    public static string OneLine(string name) =>
        string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Trim('\uFEFF', '\u200B');

    public static string Place(string title) => $"entry {Quoted(title)}";

    public static string Quoted(string name)
    {
        var line = OneLine(name);
        var visible = string.Concat((line.Length > Shown ? line[..Shown] : line).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
        return line.Length > Shown ? $"\"{visible}…\"" : $"\"{visible}\"";
    }

    public static bool IsId(string id) =>
        id.Length is > 0 and <= LongestId && char.IsLetterOrDigit(id[0]) && id.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>An id made from a title: lower case, dashes for everything else; <c>entry</c> for a title without letters.</summary>
    public static string Id(string title, HashSet<string> taken)
    {
        var id = new StringBuilder();
        foreach (var letter in title)
        {
            if (id.Length >= LongestDerivedId)
                break;
            if (char.IsLetterOrDigit(letter))
                id.Append(char.ToLowerInvariant(letter));
            else if (id.Length > 0 && id[^1] != '-')
                id.Append('-');
        }

        var stem = id.ToString().Trim('-') is { Length: > 0 } made ? made : "entry";
        var unique = stem;
        for (var number = 2; !taken.Add(unique); number++)
            unique = $"{stem}-{number}";
        return unique;
    }
}
