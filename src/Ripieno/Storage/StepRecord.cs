using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>A step as it stands.</summary>
internal sealed record StepRecord
{
    /// <summary>Position in the run, from 0, in the order in which steps were added.</summary>
    public required int Index { get; init; }

    public required string Key { get; init; }

    public required string Definition { get; init; }

    public required StepClass Class { get; init; }

    /// <summary>The step that added this one; null for steps that the run began with.</summary>
    public required int? Parent { get; init; }

    public required StepStatus Status { get; init; }

    public required int Generation { get; init; }

    /// <summary>Tries of this generation that have failed.</summary>
    public required int FailedAttempts { get; init; }

    /// <summary>Claims so far, over all generations: the number of executions begun.</summary>
    public required long Epoch { get; init; }

    /// <summary>Executions that ended with their instance.</summary>
    public required int Deaths { get; init; }

    /// <summary>Those of them in which it was the only step of its instance, on purpose.</summary>
    public required int DeathsAlone { get; init; }

    /// <summary>Of the step's own work; a group keeps it beside the accepted member's.</summary>
    public required ContentHash? Result { get; init; }

    /// <summary>For a group: index of the member whose result stands for it.</summary>
    public required int? Accepted { get; init; }

    /// <summary>Why it failed, was skipped, or is waiting.</summary>
    public required string? Reason { get; init; }

    public required TokenUsage Usage { get; init; }

    /// <summary>First claim of this generation.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the lease expires (running) or the step may be claimed (waiting).</summary>
    public required DateTimeOffset? DueAt { get; init; }

    /// <summary>Instance that holds the lease.</summary>
    public required string? Instance { get; init; }

    /// <summary>What it was given when it was added; null when nothing was.</summary>
    public ContentHash? Input { get; init; }
}
