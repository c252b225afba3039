using System.Text;
using Ripieno.Configuration;
using Ripieno.Runs;

namespace Ripieno.Agents.Reports;

/// <summary>What became of a run, for people: the artifact <c>summary.md</c>.</summary>
internal static class SummaryMarkdown
{
    public const string FileName = "summary.md";

    public static string Write(RunReport report)
    {
        var text = new StringBuilder($"# Summary: {MarkdownText.Line(report.Title)}\n\n");
        if (report.Plan is null)
            text.Append(PlanMissing(report));
        else
            text.Append($"{Outcomes(report)}\n");
        text.Append($"\nTokens: {report.Usage.Input} in, {report.Usage.Output} out.\n");

        Fallbacks(text, report);
        Tasks(text, report);
        Failed(text, report);
        Skipped(text, report);
        Dropped(text, report);
        return text.ToString();
    }

    private static string PlanMissing(RunReport report) => report.PlanStep switch
    {
        { Status: StepStatus.Failed or StepStatus.DeadLettered } plan =>
            $"There is no plan: planning failed, so no task was begun.\n\n{MarkdownText.Quote(plan.Reason ?? "no reason was recorded")}\n",
        { Status: StepStatus.Cancelled } => "There is no plan: the run was cancelled.\n",
        _ => "There is no plan yet.\n",
    };

    private static string Outcomes(RunReport report)
    {
        var counts = report.Tasks.GroupBy(task => task.Outcome).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal);
        var outcomes = string.Join(", ", counts.Select(group => $"{group.Count()} {group.Key}"));
        return $"{report.Tasks.Length} {(report.Tasks.Length == 1 ? "task" : "tasks")}: {outcomes}.";
    }

    private static void Fallbacks(StringBuilder text, RunReport report)
    {
        if (report.Fallbacks.IsEmpty)
            return;
        text.Append("\n## Answered by other models\n\n");
        foreach (var (step, story) in report.Fallbacks)
        {
            var simulated = story.StartsWith(ProviderKind.Simulated + "/", StringComparison.Ordinal) ? " (simulated answers)" : "";
            text.Append($"- `{step}`{simulated}: {MarkdownText.Line(story)}\n");
        }
    }

    private static void Tasks(StringBuilder text, RunReport report)
    {
        if (report.Tasks.IsEmpty)
            return;
        text.Append("\n## Tasks\n\n| Task | Title | Outcome | Rounds | Verdicts | Files | Tokens in | Tokens out |\n");
        text.Append("|---|---|---|--:|---|--:|--:|--:|\n");
        foreach (var task in report.Tasks)
        {
            var rounds = task.Rounds.Count(round => round.Work is not null);
            var verdicts = string.Join(", ", task.Rounds.Select(round => round.Verdict).OfType<string>());
            text.Append($"| `{task.Task.Id}` | {MarkdownText.Cell(task.Task.Title)} | {task.Outcome} | {rounds} | {verdicts} ");
            text.Append($"| {task.Version?.Work?.Files.Length ?? 0} | {task.Usage.Input} | {task.Usage.Output} |\n");
        }
    }

    private static void Failed(StringBuilder text, RunReport report)
    {
        var failed = report.Tasks.Where(task => task.Status is StepStatus.Failed or StepStatus.DeadLettered).ToList();
        if (failed.Count > 0)
            text.Append("\n## Failed tasks\n");
        foreach (var task in failed)
            text.Append($"\n### `{task.Task.Id}`: {MarkdownText.Line(task.Task.Title)}\n\n{MarkdownText.Quote(task.Reason)}\n");
    }

    private static void Skipped(StringBuilder text, RunReport report)
    {
        var skipped = report.Tasks.Where(task => task.Status == StepStatus.Skipped).ToList();
        if (skipped.Count > 0)
            text.Append("\n## Skipped tasks\n\n");
        foreach (var task in skipped)
        {
            var causes = task.Task.DependsOn.Select(report.Task).OfType<TaskReport>().Where(cause => cause.Group.Status.IsBroken).ToList();
            var because = causes.Count > 0
                ? "needs " + string.Join(", ", causes.Select(cause => $"`{cause.Task.Id}` ({cause.Outcome})"))
                : MarkdownText.Line(task.Reason);
            text.Append($"- `{task.Task.Id}`: {MarkdownText.Line(task.Task.Title)} — {because}\n");
        }
    }

    private static void Dropped(StringBuilder text, RunReport report)
    {
        if (report.Plan is not { Dropped.IsEmpty: false })
            return;
        text.Append("\n## Dropped entries\n\n");
        foreach (var drop in report.Plan.Dropped)
        {
            var title = report.Backlog?.Entries.FirstOrDefault(entry => entry.Id == drop.Entry)?.Title;
            text.Append($"- {(title is null ? "" : MarkdownText.Line(title) + " ")}(`{drop.Entry}`): {MarkdownText.Line(drop.Reason)}\n");
        }
    }
}
