using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno;

/// <summary>A step of a run as it stands.</summary>
/// <param name="Key">Its name in the run: <c>report</c>, <c>texts/welcome-de/draft</c>.</param>
/// <param name="Agent">Agent (or built-in executor) that does it.</param>
/// <param name="Queue">Queue on which it waits or waited.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Reason">Why it failed, was skipped, or is waiting; null = there is nothing to say.</param>
/// <param name="Executions">Times that it was begun, lost processes included.</param>
/// <param name="Instance">Instance that executes it now; null = none does.</param>
/// <param name="Usage">Tokens of its model calls.</param>
/// <param name="StartedAt">When it began; null = it has not.</param>
/// <param name="FinishedAt">When it ended; null = it has not.</param>
public sealed record RunStep(
    string Key, string Agent, string Queue, StepStatus Status, string? Reason, long Executions, string? Instance, TokenUsage Usage, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    internal static RunStep Of(StepRecord step) =>
        new(step.Key, step.Class.Executor, step.Class.Queue, step.Status, step.Reason, step.Epoch, step.Instance, step.Usage, step.StartedAt, step.FinishedAt);
}
