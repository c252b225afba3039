using System.Text;
using Ripieno.Agents.Reports;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Agents.Custom;

/// <summary>What became of a run of a user's workflow, for people: its <c>summary.md</c>.</summary>
internal static class CustomSummary
{
    public static string Write(RunRecord run, IReadOnlyList<WorkUnit> units)
    {
        var text = new StringBuilder($"# Summary: {MarkdownText.Line(run.Title)}\n\nWorkflow `{run.Workflow}`, {units.Count} {(units.Count == 1 ? "step" : "steps")}: ");
        text.AppendJoin(", ", units.CountBy(Outcome).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"));
        text.Append($".\n\nTokens: {run.Usage.Input} in, {run.Usage.Output} out.\n\n| Step | Outcome | Rounds | Tokens in | Tokens out |\n|---|---|--:|--:|--:|\n");
        foreach (var unit in units)
            text.Append($"| `{unit.Name}` | {Outcome(unit)} | {(unit is { IsReviewed: true, IsLeftOut: false } ? $"{unit.Round}" : "")} | {unit.Usage.Input} | {unit.Usage.Output} |\n");
        foreach (var (title, isIt) in new (string, Func<WorkUnit, bool>)[] { ("Failed", unit => unit.Status is StepStatus.Failed or StepStatus.DeadLettered), ("Skipped", unit => unit.Status == StepStatus.Skipped) })
        {
            if (!units.Any(isIt))
                continue;
            text.Append($"\n## {title}\n");
            foreach (var unit in units.Where(isIt))
                text.Append($"\n### `{unit.Name}`\n\n{MarkdownText.Quote(unit.Reason)}\n");
        }

        return text.ToString();
    }

    private static string Outcome(WorkUnit unit) => unit.Status switch
    {
        StepStatus.Succeeded when unit.IsLeftOut => "left out",
        _ when unit.IsAsked => "waits for approval",
        StepStatus.Succeeded when unit.IsApproval => "decided",
        StepStatus.Succeeded => unit.IsReviewed ? "accepted" : "done",
        StepStatus.Failed => "failed",
        StepStatus.DeadLettered => "dead-lettered",
        StepStatus.Skipped => "skipped",
        StepStatus.Cancelled => "cancelled",
        StepStatus.Blocked or StepStatus.Ready => "queued",
        _ => "in progress",
    };
}
