using Ripieno.Configuration;
using Ripieno.Cluster;
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

    public LeaseOptions Lease { get; init; } = new();

    /// <summary>Whose steps it takes.</summary>
    public RunSelection Runs { get; init; } = RunSelection.Any();

    /// <summary>What it tells of itself, besides what it does; null = it tells nothing.</summary>
    public InstanceFacts? Facts { get; init; }
}
