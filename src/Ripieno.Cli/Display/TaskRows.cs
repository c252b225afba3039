using System.Globalization;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>Tells the tasks of a run from its steps.</summary>
internal static class TaskRows
{
    private static readonly IReadOnlyDictionary<string, string> NoTitles = new Dictionary<string, string>();

    /// <param name="steps">All steps of the run, in the order added.</param>
    /// <param name="titles">Titles by task, when the plan is known.</param>
    /// <param name="now">For the times of tasks that are not finished.</param>
    public static IReadOnlyList<TaskRow> Of(IReadOnlyList<StepRecord> steps, IReadOnlyDictionary<string, string>? titles, DateTimeOffset now) =>
    [
        .. steps
            .Select(step => (Task: StandardWorkflow.TaskOf(step.Key), Step: step))
            .Where(pair => pair.Task is not null)
            .GroupBy(pair => pair.Task!, pair => pair.Step, StringComparer.Ordinal)
            .Select(group => Row(group.Key, [.. group], titles ?? NoTitles, now)),
    ];

    private static TaskRow Row(string id, StepRecord[] steps, IReadOnlyDictionary<string, string> titles, DateTimeOffset now)
    {
        // The group comes first: its members were added by it or after it.
        var group = steps[0];
        var verdict = VerdictOf(group, steps);
        var current = verdict is TaskVerdict.Working or TaskVerdict.Waiting ? Current(steps) : null;
        var usage = steps.Aggregate(default(TokenUsage), (sum, step) => sum + step.Usage);
        return new(
            SafeText.Of(id, longest: 100),
            SafeText.Of(titles.GetValueOrDefault(id, id), longest: 200),
            verdict,
            verdict == TaskVerdict.Accepted ? AcceptedRound(group, steps) : Round(steps),
            current?.Definition,
            Reason(verdict, group, steps, current),
            usage,
            group.StartedAt is null ? null : (group.FinishedAt ?? now) - group.StartedAt);
    }

    private static TaskVerdict VerdictOf(StepRecord group, StepRecord[] steps) => group.Status switch
    {
        StepStatus.Succeeded => TaskVerdict.Accepted,
        // Its next round was kept from beginning, because the run stopped at a failure elsewhere.
        StepStatus.Failed when Array.Exists(steps, step => step.Status == StepStatus.Skipped) && !Array.Exists(steps, step => step != group && step.Status is StepStatus.Failed or StepStatus.DeadLettered) => TaskVerdict.Skipped,
        StepStatus.Failed or StepStatus.DeadLettered => TaskVerdict.Failed,
        StepStatus.Skipped => TaskVerdict.Skipped,
        StepStatus.Cancelled => TaskVerdict.Cancelled,
        StepStatus.Blocked or StepStatus.Ready => TaskVerdict.Queued,
        _ when Current(steps) is { Status: StepStatus.Waiting } => TaskVerdict.Waiting,
        _ => TaskVerdict.Working,
    };

    private static StepRecord? Current(StepRecord[] steps) =>
        Array.Find(steps, step => step.Status == StepStatus.Running)
        ?? Array.Find(steps, step => step.Status == StepStatus.Waiting)
        ?? Array.Find(steps, step => !step.Status.IsTerminal && step.Status != StepStatus.Expanded);

    private static string? Reason(TaskVerdict verdict, StepRecord group, StepRecord[] steps, StepRecord? current) => verdict switch
    {
        TaskVerdict.Failed => Array.FindLast(steps, step => step.Status is StepStatus.Failed or StepStatus.DeadLettered && step.Index != group.Index)?.Reason ?? group.Reason,
        TaskVerdict.Skipped or TaskVerdict.Cancelled => group.Reason,
        TaskVerdict.Waiting => current?.Reason,
        _ => null,
    } is { } reason ? SafeText.Of(reason) : null;

    private static int AcceptedRound(StepRecord group, StepRecord[] steps) =>
        group.Accepted is { } accepted && Array.Find(steps, step => step.Index == accepted) is { } member ? RoundOf(member) : Round(steps);

    private static int Round(StepRecord[] steps) => steps
        .Where(step => step.Definition == StandardWorkflow.Execute && step.Epoch > 0)
        .Select(RoundOf)
        .DefaultIfEmpty(0)
        .Max();

    private static int RoundOf(StepRecord step)
    {
        var name = step.Key[(step.Key.LastIndexOf('/') + 1)..];
        return name.StartsWith("execute-", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan("execute-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var round)
            && step.Key.Count('/') > 1
            ? round
            : 1;
    }
}
