using System.Text.Json;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Backlogs;

/// <summary>
/// Reads a backlog written as JSON: a list of <c>{ "title", "description", "priority", "estimate", "dependencies", "id" }</c>, or an object with such a list under
/// <c>backlog</c>, <c>entries</c> or <c>items</c> and an optional <c>title</c>. Comments and trailing commas are allowed.
/// </summary>
internal sealed class BacklogJson(List<Problem> problems)
{
    private static readonly string[] Keys = ["title", "description", "priority", "estimate", "dependencies", "id"];
    private static readonly string[] Lists = ["backlog", "entries", "items"];

    public BacklogDraft Read(SourceText source)
    {
        if (SourceJson.Parse(source, problems) is not { } root)
            return new BacklogDraft(null, []);
        if (root is SourceArray list)
            return new BacklogDraft(null, Entries(list));
        if (root is not SourceObject whole)
        {
            problems.Add(root.Origin.Problem("backlog", root.Described, "a list of entries"));
            return new BacklogDraft(null, []);
        }

        foreach (var (key, value) in whole.Members.Where(member => member.Key is not ("title" or "$schema") && !Lists.Contains(member.Key)))
            problems.Add(Unknown(value, "backlog", key, ["title", .. Lists]));
        var lists = Lists.Where(key => whole[key] is not null).ToList();
        if (lists.Count != 1 || whole[lists[0]] is not SourceArray entries)
        {
            problems.Add(whole.Origin.Problem(
                "backlog", lists.Count == 0 ? "an object without a list of entries" : $"{string.Join(" and ", lists.Select(key => $"\"{key}\""))} that is not one list",
                "one list under \"backlog\", \"entries\" or \"items\""));
            return new BacklogDraft(null, []);
        }

        return new BacklogDraft(Text(whole, "title", "backlog")?.Text, Entries(entries));
    }

    private List<BacklogDraftEntry> Entries(SourceArray list)
    {
        var entries = new List<BacklogDraftEntry>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i] is SourceObject entry)
                Entry(entry, entry["title"]?.Text is { } title ? BacklogNames.Place(title) : $"entry {i + 1}", entries);
            else
                problems.Add(list.Items[i].Origin.Problem($"entry {i + 1}", list.Items[i].Described, "an object with a \"title\""));
        }

        return entries;
    }

    private void Entry(SourceObject entry, string place, List<BacklogDraftEntry> entries)
    {
        foreach (var (key, value) in entry.Members.Where(member => !Keys.Contains(member.Key, StringComparer.Ordinal)))
            problems.Add(Unknown(value, place, key, Keys));
        if (entry["title"] is null)
            problems.Add(entry.Origin.Problem($"{place}, title", "nothing", "a title"));
        var draft = new BacklogDraftEntry(Text(entry, "title", place) ?? new LinedText("", entry.Origin.Line))
        {
            Id = Name(entry["id"], $"{place}, id"),
            Description = Text(entry, "description", place) ?? new LinedText("", entry.Origin.Line),
            Priority = Text(entry, "priority", place),
            Estimate = Estimate(entry["estimate"], place),
            Dependencies = Dependencies(entry["dependencies"], place),
        };
        // Without a title there is nothing to call the entry by in further problems.
        if (entry["title"]?.Text is not null)
            entries.Add(draft);
    }

    private LinedText? Estimate(SourceNode? node, string place)
    {
        if (node is null || node.Text is not null)
            return node is null ? null : new LinedText(node.Text!, node.Origin.Line);
        problems.Add(node.Origin.Problem($"{place}, estimate", node.Described, EstimateText.Expected));
        return null;
    }

    private IReadOnlyList<LinedText> Dependencies(SourceNode? node, string place)
    {
        if (node is null)
            return [];
        if (node is SourceArray list)
            return [.. list.Items.Select(item => Name(item, $"{place}, dependencies")).OfType<LinedText>()];
        problems.Add(node.Origin.Problem($"{place}, dependencies", node.Described, "a list of titles or ids"));
        return [];
    }

    private LinedText? Text(SourceObject section, string key, string place)
    {
        if (section[key] is not { } node)
            return null;
        if (node.Text is { } text)
            return new LinedText(text, node.Origin.Line);
        problems.Add(node.Origin.Problem($"{place}, {key}", node.Described, "a text"));
        return null;
    }

    // Exports of issue trackers number their entries: 12 means "12".
    private LinedText? Name(SourceNode? node, string place)
    {
        if (node is null)
            return null;
        if (node is SourceScalar { Kind: JsonValueKind.String or JsonValueKind.Number } scalar)
            return new LinedText(scalar.Value, node.Origin.Line);
        problems.Add(node.Origin.Problem(place, node.Described, "a text"));
        return null;
    }

    private static Problem Unknown(SourceNode value, string place, string key, IReadOnlyList<string> known) => value.Origin.Problem(
        place, $"the unknown key {BacklogNames.Quoted(key)}", $"one of {string.Join(", ", known)}", NearestName.Suggestion(key, known));
}
