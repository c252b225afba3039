namespace Ripieno.Storage;

/// <summary>Something that happened to a run, in order.</summary>
/// <param name="Number">From 1, without gaps, for each run.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="StepKey">To which step; null = to the run.</param>
/// <param name="Detail">Reason or note for people; null when the kind says it all.</param>
internal sealed record RunEvent(long Number, DateTimeOffset At, RunEventKind Kind, string? StepKey, string? Detail);

/// <summary>Kinds of events. Stored by number: never renumber.</summary>
internal enum RunEventKind
{
    RunAccepted = 0,
    RunFinished = 1,
    CancelRequested = 2,
    RetryRequested = 3,

    /// <summary>A step failed, and the run is one that begins nothing more then.</summary>
    Stopped = 4,
    StepSucceeded = 10,
    StepExpanded = 11,
    StepFailed = 12,
    StepRetried = 13,
    StepParked = 14,
    StepReleased = 15,
    StepSkipped = 16,
    LeaseExpired = 17,
    LateReport = 18,
    DeadLettered = 19,

    /// <summary>Another model answered than the one chosen; comes before the end of the step.</summary>
    FallbackAnswered = 20,
}
