using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>A run as it stands.</summary>
internal sealed record RunRecord
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Workflow { get; init; }

    public required string Tenant { get; init; }

    public required int Priority { get; init; }

    public required RunStatus Status { get; init; }

    /// <summary>A cancel was acknowledged: no new step starts, calls in flight are being aborted.</summary>
    public required bool CancelRequested { get; init; }

    /// <summary>Index of the step whose failure has stopped the run: nothing that had not begun begins. Null = the run goes on, or is not one that stops.</summary>
    public int? StoppedBy { get; init; }

    /// <summary>Steps known so far; grows with expansions.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps that are not terminal.</summary>
    public required int OpenSteps { get; init; }

    /// <summary>Steps that failed or were dead-lettered.</summary>
    public required int FailedSteps { get; init; }

    public required TokenUsage Usage { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>First claim of a step; null while the run is queued.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required ContentHash SnapshotHash { get; init; }

    public required ContentHash? InputHash { get; init; }
}

/// <summary>A run with what a progress display needs.</summary>
/// <param name="Run">The run.</param>
/// <param name="Counts">Steps by definition and status; combinations without steps are left out.</param>
/// <param name="Active">Running and waiting steps, at most 100, oldest first.</param>
/// <param name="LastEvent">Number of the newest event, 0 when there is none.</param>
internal sealed record RunOverview(RunRecord Run, IReadOnlyList<StepCount> Counts, IReadOnlyList<StepRecord> Active, long LastEvent);

internal readonly record struct StepCount(string Definition, StepStatus Status, int Count);
