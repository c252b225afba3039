using System.Text;
using Ripieno.Documents;

namespace Ripieno.Backlogs;

/// <summary>
/// Reads a backlog written as Markdown. Entries are the headings of the deepest level that has attributes, else of the deepest level (a single top <c>#</c> is the
/// title, levels between are groups, deeper ones belong to the description), or checklist items: <c>- [ ]</c> to do, <c>- [x]</c> done (not worked on, but others may
/// depend on it). When a file has both, headings win if one of them has text or attributes of its own, so that acceptance criteria stay in the description; else the
/// items win, so that "To do" stays a group. Text below is the description;
/// <c>Priority:</c>, <c>Estimate:</c>, <c>Depends on:</c> and <c>Id:</c> lines are taken out of it. Fenced code is always text.
/// </summary>
internal sealed class BacklogMarkdown
{
    private const string Emphasis = "*_";
    private const int LongestAttribute = 32;

    private static readonly string[] Attributes = ["PRIORITY", "ESTIMATE", "DEPENDS ON", "DEPENDENCIES", "ID"];

    private readonly SourceText _source;
    private readonly List<MarkdownLine> _lines;
    private readonly List<Errors.Problem> _problems;

    private BacklogMarkdown(SourceText source, List<Errors.Problem> problems)
    {
        (_source, _problems) = (source, problems);
        _lines = MarkdownLine.Split(source.Text);
    }

    public static BacklogDraft Read(SourceText source, List<Errors.Problem> problems) => new BacklogMarkdown(source, problems).Read();

    /// <summary>True when the text has a heading or a checklist item outside fenced code.</summary>
    public static bool Looks(string text) => MarkdownLine.Split(text).Exists(line => line.Level > 0 || line.IsItem);

    private BacklogDraft Read()
    {
        var headings = _lines.Where(line => line.Level > 0).ToList();
        var items = _lines.Exists(line => line.IsItem);
        var title = headings.Count(line => line.Level == 1) == 1 && headings[0].Level == 1 && (headings.Count > 1 || items) ? headings[0] : null;
        var rest = headings.Where(line => line != title).ToList();
        var level = EntryLevel(rest);
        if (items && !rest.Exists(line => line.Level == level && HasOwnText(line)))
            return new BacklogDraft(title?.Text, Entries(line => line.IsItem, deepest: MarkdownLine.DeepestLevel));

        foreach (var stray in rest.Where(line => line.Level < level && HasAttribute(line)))
        {
            _problems.Add(new Errors.Problem(
                _source.File, stray.Number, $"heading {BacklogNames.Quoted(stray.Text)}", $"an entry at heading level {stray.Level}, others at level {level}",
                "all entries at one level", $"Write it with {new string('#', level)}."));
        }

        return new BacklogDraft(title?.Text, Entries(line => line != title && line.Level == level && level > 0, deepest: level));
    }

    // No entry may get lost because another one has headings in its description, such as "Acceptance criteria".
    private int EntryLevel(List<MarkdownLine> headings)
    {
        if (headings.Count == 0)
            return 0;
        var levels = headings.Select(line => line.Level).Distinct().Order().ToList();
        var attributed = headings.Where(HasAttribute).Select(line => line.Level).DefaultIfEmpty(0).Max();
        if (attributed > 0)
            return headings.Exists(line => line.Level == attributed && !IsChildless(line) && !HasOwnText(line)) ? levels[^1] : attributed;
        foreach (var level in levels.SkipLast(1))
        {
            var here = headings.Where(line => line.Level == level).ToList();
            // Without text of its own a heading that has others below it is a group, and one without them, such as an introduction, is no entry.
            if (here.Exists(line => IsChildless(line) && HasOwnText(line)) && here.Exists(line => !IsChildless(line) && HasOwnText(line)))
                return level;
        }

        // The same heading below several others is a part of each.
        var repeated = headings.Where(line => line.Level == levels[^1])
            .GroupBy(line => line.Text, StringComparer.OrdinalIgnoreCase)
            .Any(same => same.Select(line => headings.FindLast(above => above.Number < line.Number && above.Level < line.Level)).Distinct().Count() > 1);
        return repeated && levels.Count > 1 ? levels[^2] : levels[^1];
    }

    private List<BacklogDraftEntry> Entries(Predicate<MarkdownLine> isEntry, int deepest)
    {
        var entries = new List<BacklogDraftEntry>();
        for (var i = 0; i < _lines.Count; i++)
        {
            if (!isEntry(_lines[i]))
                continue;
            var end = _lines.FindIndex(i + 1, line => isEntry(line) || (line.Level > 0 && line.Level <= deepest));
            entries.Add(Entry(_lines[i], _lines[(i + 1)..(end < 0 ? _lines.Count : end)]));
        }

        return entries;
    }

    private BacklogDraftEntry Entry(MarkdownLine heading, List<MarkdownLine> below)
    {
        var (title, priority, estimate) = Inline(heading);
        var entry = new BacklogDraftEntry(title) { Priority = priority, Estimate = estimate, CommaSeparated = true, Done = heading.IsDone };
        var description = new StringBuilder();
        foreach (var line in below)
        {
            if (Attribute(line) is not { } attribute)
            {
                description.Append(line.Raw).Append('\n');
                continue;
            }

            var value = new LinedText(attribute.Value, line.Number);
            entry = attribute.Name switch
            {
                "PRIORITY" => entry with { Priority = Once(entry.Priority, value, heading, "priority") },
                "ESTIMATE" => entry with { Estimate = Once(entry.Estimate, value, heading, "estimate") },
                "ID" => entry with { Id = Once(entry.Id, value, heading, "id") },
                _ => entry with { Dependencies = [.. entry.Dependencies, value] },
            };
        }

        return entry with { Description = new LinedText(Unindented(description.ToString(), heading.IsItem), heading.Number + 1) };
    }

    private LinedText Once(LinedText? first, LinedText value, MarkdownLine heading, string name)
    {
        if (first is not null)
        {
            _problems.Add(new Errors.Problem(
                _source.File, value.Line, $"{BacklogNames.Place(heading.Text)}, {name}", $"a second {name} (first in line {first.Line})", $"one {name}"));
        }

        return value;
    }

    // "Add login (high, 2h)": taken only when every part is a priority or an estimate.
    private static (LinedText Title, LinedText? Priority, LinedText? Estimate) Inline(MarkdownLine heading)
    {
        LinedText? priority = null, estimate = null;
        var open = heading.Text.EndsWith(')') ? heading.Text.LastIndexOf('(') : -1;
        if (open <= 0 || heading.Text.Length > 2 * BacklogResolution.LongestTitle)
            return (new LinedText(heading.Text, heading.Number), null, null);
        foreach (var part in heading.Text[(open + 1)..^1].Split(','))
        {
            if (priority is null && PriorityText.TryParse(part, out _))
                priority = new LinedText(part, heading.Number);
            else if (estimate is null && EstimateText.TryParse(part, out _))
                estimate = new LinedText(part, heading.Number);
            else
                return (new LinedText(heading.Text, heading.Number), null, null);
        }

        return (new LinedText(heading.Text[..open].TrimEnd(), heading.Number), priority, estimate);
    }

    private bool HasOwnText(MarkdownLine heading) =>
        Section(heading).TakeWhile(line => !line.IsItem).Any(line => line.Raw.Trim().Length > 0) || HasAttribute(heading);

    private bool HasAttribute(MarkdownLine heading) =>
        Section(heading).TakeWhile(line => !line.IsItem).Any(line => Attribute(line) is not null)
            || Section(heading).Any(line => Attribute(line) is not null && !char.IsWhiteSpace(line.Raw[0]));

    private bool IsChildless(MarkdownLine heading) =>
        _lines.Skip(heading.Number).FirstOrDefault(line => line.Level > 0) is not { } next || next.Level <= heading.Level;

    private IEnumerable<MarkdownLine> Section(MarkdownLine heading) => _lines.Skip(heading.Number).TakeWhile(line => line.Level == 0);

    private static (string Name, string Value)? Attribute(MarkdownLine line)
    {
        var text = line.IsCode ? "" : line.Raw.AsSpan().Trim();
        if (text is ['-' or '*' or '+', ' ' or '\t', ..])
            text = text[1..].TrimStart();
        var colon = text.IndexOf(':');
        if (colon is <= 0 or > LongestAttribute)
            return null;
        var name = text[..colon].Trim().Trim(Emphasis).Trim().ToString().ToUpperInvariant();
        var value = text[(colon + 1)..].Trim().Trim(Emphasis).Trim();
        return value.IsEmpty || !Attributes.Contains(name, StringComparer.Ordinal) ? null : (name, value.ToString());
    }

    private static string Unindented(string text, bool isItem)
    {
        var trimmed = text.Trim('\n');
        return (isItem ? string.Join('\n', trimmed.Split('\n').Select(line => line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : line)) : trimmed).TrimEnd();
    }
}
