using Ripieno.Storage;

namespace Ripieno;

/// <summary>Something that happened to a run.</summary>
/// <param name="Number">From 1, without gaps: give the last one seen to <see cref="AgentCoordinator.EventsAsync"/> to go on after it.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Step">Key of the step; null = it happened to the run.</param>
/// <param name="Detail">Reason or note for people; null when the kind says it all.</param>
public sealed record WorkflowEvent(long Number, DateTimeOffset At, WorkflowEventKind Kind, string? Step, string? Detail)
{
    internal static WorkflowEvent Of(RunEvent happened) => new(happened.Number, happened.At, (WorkflowEventKind)happened.Kind, happened.StepKey, happened.Detail);
}

/// <summary>Kinds of <see cref="WorkflowEvent"/>s. More may come in later versions.</summary>
public enum WorkflowEventKind
{
    /// <summary>The run was accepted.</summary>
    RunAccepted = RunEventKind.RunAccepted,

    /// <summary>The run ended.</summary>
    RunFinished = RunEventKind.RunFinished,

    /// <summary>Somebody cancelled it.</summary>
    CancelRequested = RunEventKind.CancelRequested,

    /// <summary>Somebody asked for another try of what failed.</summary>
    RetryRequested = RunEventKind.RetryRequested,

    /// <summary>A step failed, and the workflow stops at its first failure: nothing more begins but what is done in any case.</summary>
    Stopped = RunEventKind.Stopped,

    /// <summary>A step succeeded.</summary>
    StepSucceeded = RunEventKind.StepSucceeded,

    /// <summary>A step's own work is done, and it waits for the steps that it added.</summary>
    StepExpanded = RunEventKind.StepExpanded,

    /// <summary>A step failed for good.</summary>
    StepFailed = RunEventKind.StepFailed,

    /// <summary>A try failed; another follows.</summary>
    StepRetried = RunEventKind.StepRetried,

    /// <summary>A step waits, at no cost of a try: its endpoint is away, say.</summary>
    StepParked = RunEventKind.StepParked,

    /// <summary>An instance that stops handed a step back.</summary>
    StepReleased = RunEventKind.StepReleased,

    /// <summary>A step was skipped, because something that it needs failed.</summary>
    StepSkipped = RunEventKind.StepSkipped,

    /// <summary>An instance died or fell silent while it executed a step.</summary>
    LeaseExpired = RunEventKind.LeaseExpired,

    /// <summary>A result came after the step was another's, and was dropped.</summary>
    LateReport = RunEventKind.LateReport,

    /// <summary>A step was given up, because executing it kills instances.</summary>
    DeadLettered = RunEventKind.DeadLettered,

    /// <summary>Another model answered in the place of the one that a step's agent names.</summary>
    FallbackAnswered = RunEventKind.FallbackAnswered,
}
