using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>One event of a run as one line of text, for output that is not a terminal.</summary>
internal static class EventText
{
    /// <summary>Null for events that say nothing which another event does not say better.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="tasks">Number of tasks, once the plan is there.</param>
    public static string? Of(RunEvent happened, int tasks)
    {
        var detail = SafeText.Of(happened.Detail) is { Length: > 0 } text ? $": {text}" : "";
        var step = SafeText.Of(happened.StepKey, longest: 120);
        return happened.Kind switch
        {
            RunEventKind.RunAccepted => "accepted",
            RunEventKind.CancelRequested => "cancel requested",
            RunEventKind.Stopped => $"stopped: {step} failed, and nothing more begins",
            RunEventKind.RetryRequested => $"retry requested{detail}",
            RunEventKind.FallbackAnswered => $"{step}: answered by {SafeText.Of(happened.Detail, longest: 500)}{(FallbackAnswer.Of(happened)?.IsSimulated == true ? $" ({RunBanner.SimulatedText})" : "")}",
            RunEventKind.StepExpanded when happened.StepKey == StandardWorkflow.PlanKey => $"plan done: {TimeText.Count(tasks, "task")}",
            RunEventKind.StepExpanded => $"{step} executed, to be reviewed",
            RunEventKind.StepSucceeded when happened.StepKey == StandardWorkflow.PlanKey => "all tasks done",
            RunEventKind.StepSucceeded when Task(happened) is not null => $"{step} accepted{detail}",
            RunEventKind.StepSucceeded => $"{step} done{detail}",
            RunEventKind.StepFailed => $"{step} failed{detail}",
            RunEventKind.StepRetried => $"{step} failed, will be tried again{detail}",
            RunEventKind.StepParked => $"{step} waits{detail}",
            RunEventKind.StepReleased => $"{step} handed back{detail}",
            RunEventKind.StepSkipped => $"{step} skipped{detail}",
            RunEventKind.LeaseExpired => $"{step}: its instance fell silent; it is taken over{detail}",
            RunEventKind.DeadLettered => $"{step} given up{detail}",
            _ => null,
        };
    }

    /// <summary>The same for a workflow of the user's own.</summary>
    public static string? OfOwn(RunEvent happened) => happened.Kind switch
    {
        RunEventKind.StepExpanded => $"{SafeText.Of(happened.StepKey, longest: 120)} goes on with the steps that it brought",
        RunEventKind.StepSucceeded => $"{SafeText.Of(happened.StepKey, longest: 120)} done",
        _ => Of(happened, tasks: 0),
    };

    // The task's own step ends when one of its rounds was accepted; the steps inside it merely end.
    private static string? Task(RunEvent happened) =>
        happened.StepKey is { } key && StandardWorkflow.TaskOf(key) is { } task && key == StandardWorkflow.TaskKey(task) ? task : null;
}
