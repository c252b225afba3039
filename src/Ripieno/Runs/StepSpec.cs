using System.Collections.Immutable;

namespace Ripieno.Runs;

/// <summary>A step to be added to a run, at its start or by an expansion.</summary>
internal sealed record StepSpec
{
    /// <summary>Unique in the run, readable, <c>/</c> separates the group: <c>tasks/add-login/review-1</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Name of the step's definition in the run's workflow, which gives executor, agent, retry policy and time limit.</summary>
    public required string Definition { get; init; }

    public required StepClass Class { get; init; }

    /// <summary>Keys of steps added together with this one, or that the run has already.</summary>
    public ImmutableArray<string> DependsOn { get; init; } = [];

    public Trigger Trigger { get; init; } = Trigger.AllSucceeded;

    /// <summary>Higher goes first among the run's ready steps. 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>UTF-8 JSON that the executor understands; empty = none. At most 1 MB.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }
}
