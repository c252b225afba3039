using System.Collections.Immutable;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Backlogs;

/// <summary>Checks a draft and resolves its names. Pure; every problem is told.</summary>
internal sealed class BacklogResolution(string? file, List<Problem> problems)
{
    public const int LongestTitle = 200;
    private const int LargestDescription = 1024 * 1024;
    private const int MostSuggestions = 20;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    public ImmutableArray<BacklogEntry> Resolve(BacklogDraft draft)
    {
        var entries = draft.Entries;
        if (entries.Count == 0 && problems.Count == 0)
        {
            problems.Add(new Problem(
                file, null, "backlog", "no entries", "at least one entry: a JSON list of { \"title\" }, Markdown headings, or items \"- [ ] title\""));
        }

        for (var i = 0; i < entries.Count; i++)
            Register(entries, i, entries[i].Id, "id");
        for (var i = 0; i < entries.Count; i++)
            Register(entries, i, entries[i].Title, "title");

        var ids = entries.Select(entry => entry.Id?.Text ?? BacklogNames.Id(entry.Title.Text, _ids)).ToList();
        var dependencies = entries.Select((entry, index) => Dependencies(entries, entry, index)).ToList();
        foreach (var cycle in BacklogCycles.Of(dependencies))
        {
            problems.Add(new Problem(
                file, entries[cycle[0]].Dependencies[0].Line, Place(entries[cycle[0]]),
                $"a cycle: {string.Join(" → ", cycle.Append(cycle[0]).Select(index => BacklogNames.OneLine(entries[index].Title.Text)))}",
                "entries that do not wait for each other", "Remove one of these dependencies."));
        }

        if (entries.Count > 0 && entries.All(entry => entry.Done))
            problems.Add(new Problem(file, entries[0].Title.Line, "backlog", "only entries that are done", "at least one that is not"));
        return [.. entries.Select((entry, index) => Entry(entry, ids[index], dependencies[index].Where(on => !entries[on].Done).Select(on => ids[on]))).Where((_, index) => !entries[index].Done)];
    }

    private BacklogEntry Entry(BacklogDraftEntry draft, string id, IEnumerable<string> dependencies)
    {
        var title = BacklogNames.OneLine(draft.Title.Text);
        if (title.Length > LongestTitle)
            Add(draft.Title, draft, "title", $"{title.Length} characters", $"at most {LongestTitle}");
        if (title.Any(char.IsControl))
            Add(draft.Title, draft, "title", "a control character", "printable text");
        if (draft.Description.Text.Length > LargestDescription)
            Add(draft.Description, draft, "description", $"{draft.Description.Text.Length} characters", $"at most {LargestDescription}");
        if (draft.Description.Text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')))
            Add(draft.Description, draft, "description", "a control character", "text");
        var priority = BacklogPriority.Medium;
        if (draft.Priority is { } urgency && !PriorityText.TryParse(urgency.Text, out priority))
            Add(urgency, draft, "priority", BacklogNames.Quoted(urgency.Text), PriorityText.Expected);
        TimeSpan? estimate = null;
        if (draft.Estimate is { } written)
        {
            if (EstimateText.TryParse(written.Text, out var work))
                estimate = work;
            else
                Add(written, draft, "estimate", BacklogNames.Quoted(written.Text), EstimateText.Expected);
        }

        return new BacklogEntry(id, title, draft.Description.Text.Trim(), priority, estimate, [.. dependencies.Distinct(StringComparer.Ordinal)]);
    }

    private void Register(IReadOnlyList<BacklogDraftEntry> entries, int index, LinedText? name, string what)
    {
        if (name is null)
            return;
        var folded = BacklogNames.Fold(name.Text);
        if (what == "id" && !BacklogNames.IsId(name.Text))
            Add(name, entries[index], what, BacklogNames.Quoted(name.Text), $"letters, digits, \"-\", \"_\" and \".\", at most {BacklogNames.LongestId}");
        else if (folded.Length == 0)
            Add(name, entries[index], what, "nothing", $"a {what}");
        else if (_byName.TryGetValue(folded, out var first) && first != index)
            Add(name, entries[index], what, $"the same {what} as in line {entries[first].Title.Line}", $"each {what} once", "Rename one of the two.");
        else
            _byName[folded] = index;
        if (what == "id")
            _ids.Add(name.Text);
    }

    private List<int> Dependencies(IReadOnlyList<BacklogDraftEntry> entries, BacklogDraftEntry entry, int index)
    {
        var found = new List<int>();
        foreach (var (name, line) in entry.Dependencies.SelectMany(written => Names(written, entry.CommaSeparated)))
        {
            if (!_byName.TryGetValue(BacklogNames.Fold(name), out var on))
            {
                Add(new LinedText(name, line), entry, "dependencies", $"the unknown entry {BacklogNames.Quoted(name)}", "the title or id of an entry", Suggestion(name, entries));
            }
            else if (on == index)
            {
                Add(new LinedText(name, line), entry, "dependencies", "the entry itself", "other entries");
            }
            else
            {
                found.Add(on);
            }
        }

        return found;
    }

    // Comparing every unknown name with every entry would take minutes for a large file that is wrong throughout.
    private string? Suggestion(string name, IReadOnlyList<BacklogDraftEntry> entries) =>
        problems.Count < MostSuggestions
            ? NearestName.Suggestion(name, entries.SelectMany(other => new[] { other.Title.Text, other.Id?.Text }).OfType<string>())
            : null;

    // "A, B and C, D": as few pieces as possible are joined until they name an entry, so that titles may hold commas.
    private List<LinedText> Names(LinedText written, bool commaSeparated)
    {
        if (!commaSeparated || _byName.ContainsKey(BacklogNames.Fold(written.Text)))
            return [written];
        if (BacklogNames.Fold(written.Text) is "NONE" or "-")
            return [];
        var names = new List<LinedText>();
        var pieces = written.Text.Split([',', ';']);
        for (var start = 0; start < pieces.Length;)
        {
            var count = Enumerable.Range(1, Math.Min(8, pieces.Length - start))
                .FirstOrDefault(length => _byName.ContainsKey(BacklogNames.Fold(Joined(pieces, start, length))), 1);
            var name = Joined(pieces, start, count);
            if (name.Length > 0)
                names.Add(written with { Text = name });
            start += count;
        }

        return names;
    }

    private static string Joined(string[] pieces, int start, int count) => string.Join(',', pieces[start..(start + count)]).Trim().Trim('"', '`', '\'', '[', ']');

    private static string Place(BacklogDraftEntry entry) => BacklogNames.Place(entry.Title.Text);

    private void Add(LinedText at, BacklogDraftEntry entry, string what, string found, string expected, string? nextStep = null) =>
        problems.Add(new Problem(file, at.Line, $"{Place(entry)}, {what}", found, expected, nextStep));
}
