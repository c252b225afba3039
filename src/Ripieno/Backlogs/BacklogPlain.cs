using System.Text.RegularExpressions;
using Ripieno.Documents;

namespace Ripieno.Backlogs;

/// <summary>Reads a backlog without markup: one line or sentence is one entry, several lines are one entry each, list marks in front are dropped.</summary>
internal static partial class BacklogPlain
{
    private const int LongestTitle = 200;

    public static BacklogDraft Read(SourceText source)
    {
        var lines = source.Text.Split('\n')
            .Select((text, index) => new LinedText(Mark().Replace(text, "").Trim(), source.File is null ? null : index + 1))
            .Where(line => line.Text.Length > 0)
            .ToList();
        return new BacklogDraft(lines.Count == 1 ? Title(lines[0].Text) : null, [.. lines.Select(Entry)]);
    }

    /// <summary>A sentence on the command line; a long one keeps its whole text as the description.</summary>
    public static BacklogDraft Sentence(string sentence) => new(Title(sentence.Trim()), [Entry(new LinedText(sentence.Trim(), null))]);

    private static BacklogDraftEntry Entry(LinedText line) =>
        line.Text.Length <= LongestTitle
            ? new BacklogDraftEntry(line)
            : new BacklogDraftEntry(line with { Text = Title(line.Text) }) { Description = line };

    private static string Title(string text)
    {
        var line = BacklogNames.OneLine(text);
        if (line.Length <= LongestTitle)
            return line;
        var end = char.IsHighSurrogate(line[LongestTitle - 2]) ? LongestTitle - 2 : LongestTitle - 1;
        return line[..end] + "…";
    }

    [GeneratedRegex(@"^\s*([-*+]|[0-9]{1,9}[.)])\s+", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Mark();
}
