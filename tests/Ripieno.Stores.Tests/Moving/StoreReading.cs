using System.Globalization;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Moving;

/// <summary>All that can be read of a store, line by line, so that two stores can be compared.</summary>
internal static class StoreReading
{
    private static readonly CancellationToken None = CancellationToken.None;

    public static async Task<List<string>> AllAsync(IStore store)
    {
        var lines = new List<string>();
        foreach (var run in await store.ListRunsAsync(null, null, 1000, None))
        {
            lines.Add($"{run}");
            lines.Add($"{run.Id} snapshot {Hash(await store.FindSnapshotAsync(run.SnapshotHash, None))} input {(run.InputHash is { } input ? Hash(await store.FindContentAsync(run.Id, input, None)) : "")}");
            var overview = (await store.FindOverviewAsync(run.Id, None))!;
            lines.Add($"{run.Id} counts {string.Join(", ", overview.Counts.Select(count => $"{count}").Order(StringComparer.Ordinal))}; active {string.Join(", ", overview.Active.Select(step => step.Key))}; last {overview.LastEvent}");
            foreach (var step in await store.ListStepsAsync(run.Id, -1, 10_000, None))
            {
                lines.Add($"{run.Id} {step}");
                lines.Add($"{run.Id} {step.Key} result {Hash(await store.FindResultAsync(run.Id, step.Index, None))} input {(step.Input is { } own ? Hash(await store.FindContentAsync(run.Id, own, None)) : "")}");
                lines.AddRange((await store.ListDependenciesAsync(run.Id, step.Index, None)).Select(one => $"{run.Id} {step.Key} depends on {one}"));
            }

            foreach (var artifact in await store.ListArtifactsAsync(run.Id, null, None))
                lines.Add($"{run.Id} {artifact} {Hash(await store.FindContentAsync(run.Id, artifact.Hash, None))}");
            lines.AddRange((await store.ListEventsAsync(run.Id, 0, 100_000, None)).Select(one => $"{run.Id} {one}"));
        }

        lines.AddRange((await store.ListDeadLettersAsync(null, 100, None)).Select(letter => $"dead {letter}").Order(StringComparer.Ordinal));
        foreach (var status in Enum.GetValues<RunStatus>())
        {
            lines.AddRange((await store.ListRunsAsync(status, null, 1000, None)).Select(run => $"{status} {run.Id}"));
            lines.AddRange((await store.ListFinishedAsync(status, DateTimeOffset.MaxValue.AddYears(-1000), 1000, None)).Select(run => $"{status} ended {run.Id}").Order(StringComparer.Ordinal));
        }

        lines.AddRange((await store.ListBacklogAsync(None)).Select(one => $"{one}"));
        lines.AddRange(await FiguresAsync(store));
        return lines;
    }

    /// <summary>Sums of squares are rounded: in which order parts were added up is a store's own.</summary>
    public static async Task<List<string>> FiguresAsync(IStore store) =>
    [
        .. (await store.ListHourlyAsync(DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), None))
            .Select(row => $"{row with { ServiceSquares = 0 }} {row.ServiceSquares.ToString("e6", CultureInfo.InvariantCulture)}"),
    ];

    /// <summary>What came out of it, however it came about.</summary>
    public static async Task<List<string>> ResultsAsync(IStore store)
    {
        var lines = new List<string>();
        foreach (var run in await store.ListRunsAsync(null, null, 1000, None))
        {
            lines.Add($"{run.Id} {run.Status} {run.Steps} {run.FailedSteps} {run.StoppedBy}");
            foreach (var step in await store.ListStepsAsync(run.Id, -1, 10_000, None))
                lines.Add($"{run.Id} {step.Key} {step.Status} {step.Result} {step.Accepted} {step.Generation} {step.FailedAttempts} {step.Deaths} {step.Reason}");
            lines.AddRange((await store.ListArtifactsAsync(run.Id, null, None)).Select(artifact => $"{run.Id} {artifact}"));
        }

        return lines;
    }

    private static string Hash(ReadOnlyMemory<byte>? content) => content is { } some ? $"{ContentHash.Of(some.Span)}"[..12] : "none";
}
