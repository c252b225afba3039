using System.Globalization;
using System.Text;

namespace Ripieno.Cli;

/// <summary>
/// Makes text from backlogs, models and servers fit for a terminal: one line, without control characters that move the cursor, recolour the
/// screen or reverse the reading direction.
/// </summary>
internal static class SafeText
{
    public static string Of(string? text, int longest = 400)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var safe = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= longest)
            {
                safe.Append('…');
                break;
            }

            if (Rune.IsWhiteSpace(rune))
                AppendSpace(safe);
            else if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse))
                safe.Append(rune.ToString());
        }

        return safe.ToString().TrimEnd();
    }

    /// <summary>The same, with its lines: what people read as a text.</summary>
    public static string OfLines(string text, int longest) => Of(text, longest).Length < longest
        ? string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => Of(line, longest))).Trim()
        : Of(text, longest);

    private static void AppendSpace(StringBuilder safe)
    {
        if (safe.Length > 0 && safe[^1] != ' ')
            safe.Append(' ');
    }
}
