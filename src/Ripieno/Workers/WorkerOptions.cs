using Ripieno.Cluster;
using Ripieno.Configuration;
using Ripieno.Runs;

namespace Ripieno.Workers;

/// <summary>How a worker works.</summary>
internal sealed record WorkerOptions
{
    /// <summary>Steps executed at once.</summary>
    public required int Slots { get; init; }

    /// <summary>What it can execute; steps of other classes are left alone.</summary>
    public required IReadOnlyList<StepClass> Classes { get; init; }

    /// <summary>Classes of which it executes no more than so many steps at once, from 1; others may fill all slots.</summary>
    public IReadOnlyDictionary<StepClass, int> Bounds { get; init; } = new Dictionary<StepClass, int>();

    /// <summary>
    /// Called when the instance is back after a silence as long as its lease: what it holds besides steps may be others' by now. Returns how many model calls were aborted for it. Repeated until it succeeds.
    /// </summary>
    public Func<CancellationToken, Task<int>> AfterSilence { get; init; } = _ => Task.FromResult(0);

    public LeaseOptions Lease { get; init; } = new();

    /// <summary>Whose steps it takes.</summary>
    public RunSelection Runs { get; init; } = RunSelection.Any();

    /// <summary>What it tells of itself, besides what it does; null = it tells nothing.</summary>
    public InstanceFacts? Facts { get; init; }
}
