namespace Ripieno.Backlogs;

/// <summary>
/// One line of Markdown, with what it is. Read by hand: regular expressions take minutes for a line of many megabytes.
/// </summary>
/// <param name="Number">From 1.</param>
/// <param name="Raw">As written, without line end.</param>
/// <param name="Text">Title of a heading or checklist item, else empty.</param>
/// <param name="Level">1 to 6 for a heading, else 0.</param>
/// <param name="IsItem">An unindented checklist item, <c>- [ ]</c> or <c>1. [ ]</c>.</param>
/// <param name="IsDone">Its box is ticked.</param>
/// <param name="IsCode">Inside fenced code.</param>
internal sealed record MarkdownLine(int Number, string Raw, string Text, int Level, bool IsItem, bool IsDone, bool IsCode)
{
    public const int DeepestLevel = 6;

    public static List<MarkdownLine> Split(string text)
    {
        var lines = new List<MarkdownLine>();
        string? fence = null;
        foreach (var raw in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n'))
        {
            var line = new MarkdownLine(lines.Count + 1, raw, "", 0, false, false, false);
            var mark = Fence(raw);
            if (fence is null && mark is null)
            {
                lines.Add(Heading(line) ?? Item(line) ?? line);
                continue;
            }

            lines.Add(line with { IsCode = true });
            var closes = fence is not null && mark is not null && mark.StartsWith(fence, StringComparison.Ordinal) && raw.Trim() == mark;
            fence = closes ? null : fence ?? mark;
        }

        return lines;
    }

    private static string? Fence(string raw)
    {
        var text = Outer(raw);
        if (text is not (['`', ..] or ['~', ..]))
            return null;
        var length = text.IndexOfAnyExcept(text[0]);
        length = length < 0 ? text.Length : length;
        return length < 3 ? null : text[..length].ToString();
    }

    private static MarkdownLine? Heading(MarkdownLine line)
    {
        var text = Outer(line.Raw);
        var level = text.IndexOfAnyExcept('#');
        level = level < 0 ? text.Length : level;
        if (level is 0 or > DeepestLevel || (level < text.Length && text[level] is not (' ' or '\t')))
            return null;
        var title = text[level..].Trim();
        var closed = title.TrimEnd('#');
        return line with { Text = (closed.IsEmpty || closed[^1] is ' ' or '\t' ? closed.TrimEnd() : title).ToString(), Level = level };
    }

    private static MarkdownLine? Item(MarkdownLine line)
    {
        var text = line.Raw.AsSpan();
        var digits = Math.Max(0, text.IndexOfAnyExceptInRange('0', '9'));
        text = text[digits..];
        var marked = digits > 0 ? text is ['.' or ')', ' ' or '\t', ..] : text is ['-' or '*' or '+', ' ' or '\t', ..];
        if (!marked)
            return null;
        var box = text[1..].Trim();
        return box is ['[', ' ' or 'x' or 'X', ']', ' ' or '\t', ..]
            ? line with { Text = box[3..].Trim().ToString(), IsItem = true, IsDone = box[1] != ' ' }
            : null;
    }

    // Four spaces in front make code of a line.
    private static ReadOnlySpan<char> Outer(string raw)
    {
        var text = raw.AsSpan().TrimStart(' ');
        return raw.Length - text.Length > 3 ? default : text;
    }
}
