using Ripieno.Storage;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>How a run ended, step by step, and everything that the store noted about it.</summary>
internal sealed class StormOutcome
{
    /// <summary>What a step comes to, as opposed to what it took.</summary>
    private static readonly RunEventKind[] Results =
        [RunEventKind.StepSucceeded, RunEventKind.StepExpanded, RunEventKind.StepFailed, RunEventKind.StepRetried, RunEventKind.StepSkipped];

    /// <summary>Each lets a step be claimed once more.</summary>
    private static readonly RunEventKind[] Reclaims =
        [RunEventKind.StepRetried, RunEventKind.StepParked, RunEventKind.StepReleased, RunEventKind.LeaseExpired];

    public required RunRecord Run { get; init; }

    public required IReadOnlyList<StepRecord> Steps { get; init; }

    public required IReadOnlyList<RunEvent> Events { get; init; }

    /// <summary>By step index.</summary>
    public required IReadOnlyDictionary<int, IReadOnlyList<DependencyRecord>> Dependencies { get; init; }

    /// <summary>Equal for runs that ended alike: every status, and every recorded result or failed try exactly once.</summary>
    public IReadOnlyList<string> Lines =>
    [
        $"{Run.Id} {Run.Status}, {Run.Steps} steps, {Run.OpenSteps} open, {Run.FailedSteps} failed",
        .. Steps.Select(step =>
            $"{step.Key} {step.Status}, generation {step.Generation}, {step.FailedAttempts} failed tries: "
            + string.Join(' ', Of(step).Where(Results.Contains).Order())).Order(StringComparer.Ordinal),
    ];

    public static async Task<StormOutcome> ReadAsync(IStore store, string run)
    {
        var steps = await store.ListStepsAsync(run, -1, 100_000, CancellationToken.None);
        var dependencies = new Dictionary<int, IReadOnlyList<DependencyRecord>>();
        foreach (var step in steps)
            dependencies.Add(step.Index, await store.ListDependenciesAsync(run, step.Index, CancellationToken.None));
        return new()
        {
            Run = (await store.FindRunAsync(run, CancellationToken.None))!,
            Steps = steps,
            Events = await store.ListEventsAsync(run, 0, 100_000, CancellationToken.None),
            Dependencies = dependencies,
        };
    }

    public IEnumerable<RunEventKind> Of(StepRecord step) => Events.Where(item => item.StepKey == step.Key).Select(item => item.Kind);

    /// <summary>Executions of a step that the store can account for.</summary>
    public long Accounted(StepRecord step) => step.Generation + Of(step).Count(Reclaims.Contains);

    public int Count(RunEventKind kind) => Events.Count(item => item.Kind == kind);
}
