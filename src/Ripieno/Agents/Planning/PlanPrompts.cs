using System.Collections.Immutable;
using Ripieno.Agents.Prompts;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>The prompts that plan a backlog: one when it fits into the model's context, else one for each part.</summary>
internal static class PlanPrompts
{
    /// <summary>One part: its entries and its data blocks.</summary>
    public sealed record Part(ImmutableArray<BacklogEntry> Entries, IReadOnlyDictionary<string, string> Values);

    /// <param name="entries">All entries, in the order written.</param>
    /// <param name="budget">Bytes for data in one prompt.</param>
    public static ImmutableArray<Part> Split(ImmutableArray<BacklogEntry> entries, int budget)
    {
        if (PromptBudget.SizeOf(Block(entries)) <= budget || entries.Length == 1)
            return [new(entries, new Dictionary<string, string> { [PromptNames.Backlog] = FittedBlock(entries, budget) })];

        // A quarter for the titles of the other parts' entries: enough to recognise what is planned elsewhere.
        var own = budget * 3 / 4;
        return
        [
            .. Pack(EntryOrder.DependenciesFirst(entries), own).Select(part => new Part(part, new Dictionary<string, string>
            {
                [PromptNames.Backlog] = FittedBlock(part, own),
                [PromptNames.Others] = OthersBlock(part, entries, budget - own),
            })),
        ];
    }

    private static IEnumerable<ImmutableArray<BacklogEntry>> Pack(ImmutableArray<BacklogEntry> entries, int budget)
    {
        var part = ImmutableArray.CreateBuilder<BacklogEntry>();
        var empty = PromptBudget.SizeOf(Block([]));
        var size = empty;
        foreach (var entry in entries)
        {
            var more = PromptBudget.SizeOf(Block([entry])) - empty + 1;
            if (part.Count > 0 && size + more > budget)
            {
                yield return part.DrainToImmutable();
                size = empty;
            }

            part.Add(entry);
            size += more;
        }

        yield return part.DrainToImmutable();
    }

    private static string Block(ImmutableArray<BacklogEntry> entries) => Block(entries, int.MaxValue, int.MaxValue);

    // Only a part of one entry can be too large; its dependencies are left out last, since code sees to them anyhow.
    private static string FittedBlock(ImmutableArray<BacklogEntry> entries, int budget) =>
        PromptBudget.Fit(budget, entries.Max(entry => entry.Dependencies.Length), (limit, dependencies) => Block(entries, limit, dependencies));

    private static string Block(ImmutableArray<BacklogEntry> entries, int limit, int dependencies) =>
        PromptBlock.Of<ImmutableArray<PromptEntry>>(
            PromptNames.Backlog,
            [
                .. entries.Select(entry => new PromptEntry(
                    entry.Id,
                    LongText.Of(entry.Title).Cut(limit),
                    LongText.Of(entry.Description).Cut(limit),
                    entry.Priority.ToString().ToLowerInvariant(),
                    EstimateText(entry.Estimate),
                    [.. entry.Dependencies.Take(dependencies)])),
            ]);

    private static string OthersBlock(ImmutableArray<BacklogEntry> part, ImmutableArray<BacklogEntry> entries, int budget)
    {
        var own = part.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        var needed = part.SelectMany(entry => entry.Dependencies).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<BacklogEntry> others =
            [.. entries.Where(entry => !own.Contains(entry.Id)).OrderByDescending(entry => needed.Contains(entry.Id))];
        return PromptBudget.Fit(budget, others.Length, (limit, count) => PromptBlock.Of<ImmutableArray<PromptOther>>(
            PromptNames.Others,
            [
                .. others.Take(count).Select(entry => new PromptOther(entry.Id, LongText.Of(entry.Title).Cut(limit))),
                .. count < others.Length ? [new PromptOther(null, null, others.Length - count)] : Array.Empty<PromptOther>(),
            ]));
    }

    private static string? EstimateText(TimeSpan? estimate) => estimate switch
    {
        null => null,
        { Minutes: 0 } whole => $"{whole.TotalHours:0}h",
        { TotalHours: < 1 } brief => $"{brief.TotalMinutes:0}m",
        { } both => $"{Math.Floor(both.TotalHours):0}h {both.Minutes}m",
    };
}
