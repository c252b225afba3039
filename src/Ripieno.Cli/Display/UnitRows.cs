using Ripieno.Agents.Custom;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>Tells the steps of a run of a user's workflow.</summary>
internal static class UnitRows
{
    /// <param name="workflow">The run's.</param>
    /// <param name="steps">All of the run, in the order added.</param>
    /// <param name="decisions">What people decided, by the index of the step.</param>
    /// <param name="now">For the times of what is not finished.</param>
    public static IReadOnlyList<TaskRow> Of(
        WorkflowDefinition workflow, IReadOnlyList<StepRecord> steps, IReadOnlyDictionary<int, ApprovalDecision> decisions, DateTimeOffset now) =>
        [.. WorkUnit.Of(workflow, steps).Select(unit => Row(unit, decisions.GetValueOrDefault(unit.Step.Index), now))];

    private static TaskRow Row(WorkUnit unit, ApprovalDecision? decision, DateTimeOffset now)
    {
        var step = unit.Step;
        var current = Current(unit);
        var verdict = decision is { Approved: false } ? TaskVerdict.Rejected : VerdictOf(unit, current);
        var name = SafeText.Of(unit.Name, longest: 120);
        return new(
            name,
            name,
            verdict,
            unit.IsReviewed && step.StartedAt is not null ? unit.Round : 0,
            unit.IsAsked ? TaskRow.Approval : verdict == TaskVerdict.Working && unit.IsReviewed ? current is { } one && one.Definition != step.Definition ? "review" : "work" : null,
            verdict == TaskVerdict.Rejected ? SafeText.Of($"by {decision!.By}{(decision.Note.Length > 0 ? $": {decision.Note}" : "")}") : Reason(verdict, unit, current),
            unit.Usage,
            step.StartedAt is null ? null : (step.FinishedAt ?? now) - step.StartedAt);
    }

    private static TaskVerdict VerdictOf(WorkUnit unit, StepRecord? current) => unit.Status switch
    {
        _ when unit.IsAsked => TaskVerdict.Waiting,
        StepStatus.Succeeded => unit.IsLeftOut ? TaskVerdict.LeftOut : TaskVerdict.Accepted,
        StepStatus.Failed or StepStatus.DeadLettered => TaskVerdict.Failed,
        StepStatus.Skipped => TaskVerdict.Skipped,
        StepStatus.Cancelled => TaskVerdict.Cancelled,
        StepStatus.Blocked or StepStatus.Ready => TaskVerdict.Queued,
        StepStatus.Waiting => TaskVerdict.Waiting,
        _ => current is { Status: StepStatus.Waiting } ? TaskVerdict.Waiting : TaskVerdict.Working,
    };

    private static StepRecord? Current(WorkUnit unit) =>
        unit.Rounds.FirstOrDefault(round => round.Status == StepStatus.Running)
        ?? unit.Rounds.FirstOrDefault(round => round.Status == StepStatus.Waiting)
        ?? unit.Rounds.FirstOrDefault(round => !round.Status.IsTerminal);

    private static string? Reason(TaskVerdict verdict, WorkUnit unit, StepRecord? current)
    {
        var reason = verdict switch
        {
            TaskVerdict.Failed or TaskVerdict.Skipped or TaskVerdict.Cancelled => unit.Reason,
            TaskVerdict.Waiting when unit.IsAsked => "for approval",
            TaskVerdict.Waiting => (current ?? unit.Step).Reason,
            _ => null,
        };
        return reason is null ? null : SafeText.Of(reason);
    }
}
