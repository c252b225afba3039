using System.Text.RegularExpressions;

namespace Ripieno.Backlogs;

/// <summary>One line of Markdown, with what it is.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Raw">As written, without line end.</param>
/// <param name="Text">Title of a heading or checklist item, else empty.</param>
/// <param name="Level">1 to 6 for a heading, else 0.</param>
/// <param name="IsItem">An unindented checklist item.</param>
/// <param name="IsDone">Its box is ticked.</param>
/// <param name="IsCode">Inside fenced code.</param>
internal sealed partial record MarkdownLine(int Number, string Raw, string Text, int Level, bool IsItem, bool IsDone, bool IsCode)
{
    public static List<MarkdownLine> Split(string text)
    {
        var lines = new List<MarkdownLine>();
        string? fence = null;
        foreach (var raw in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n'))
        {
            var number = lines.Count + 1;
            var mark = Fence().Match(raw).Groups["mark"].Value;
            if (fence is not null || mark.Length > 0)
            {
                lines.Add(new MarkdownLine(number, raw, "", 0, false, false, true));
                var closes = fence is not null && mark.StartsWith(fence, StringComparison.Ordinal) && raw.Trim() == mark;
                fence = closes ? null : fence ?? mark;
                continue;
            }

            var heading = Heading().Match(raw);
            var item = Item().Match(raw);
            lines.Add(new MarkdownLine(
                number, raw, (heading.Success ? heading : item).Groups["text"].Value.Trim(), heading.Groups["marks"].Length, item.Success,
                item.Groups["box"].Value is "x" or "X", false));
        }

        return lines;
    }

    [GeneratedRegex(@"^ {0,3}(?<mark>`{3,}|~{3,})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^ {0,3}(?<marks>#{1,6})([ \t]+(?<text>.*?))?([ \t]+#+)?[ \t]*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^[-*+][ \t]+\[(?<box>[ xX])\][ \t]+(?<text>.*\S)\s*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Item();
}
