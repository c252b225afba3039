using Ripieno.Callbacks;
using Ripieno.Cli.Grammar;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>The screen at the end of a run, and what <c>show</c> shows of one at any time. Pure.</summary>
internal static class EndView
{
    private const int MostRows = 40;

    public static IRenderable Of(EndModel model)
    {
        var parts = new List<IRenderable> { Headline(model), Facts(model), Costs(model) };
        foreach (var answers in model.Fallbacks.GroupBy(answer => answer.Model, StringComparer.Ordinal))
            parts.Add(new Padder(new Text(Fallback(answers.Key, [.. answers]), Look.Warn), new Padding(3, 0, 0, 0)));
        if (model.PlanFailure is { } failure)
            parts.Add(new Padder(new Text($"no plan: {SafeText.Of(failure)}", Look.Bad), new Padding(3, 0, 0, 0)));
        if (model.Tasks.Count > 0)
            parts.Add(Tasks(model.Tasks, model.Banner));
        parts.AddRange((model.Callbacks ?? []).Select(callback => CallbackLine.Of(callback, model.FollowUp, model.Now)));
        if (model.Summary is { } summary)
            parts.Add(new StyledLine().Add(" Summary: ").Add(summary, Look.Strong));
        foreach (var (what, line) in NextCommands(model))
            parts.Add(new StyledLine().Add($" {what}: ", Look.Quiet).Add(line));
        return new Rows(parts);
    }

    private static string Fallback(string name, IReadOnlyList<FallbackAnswer> answers)
    {
        var simulated = answers[0].IsSimulated ? $" ({RunBanner.SimulatedText})" : "";
        return $"{TimeText.Count(answers.Count, "step")} answered by {SafeText.Of(name, longest: 120)}{simulated}; the last: {SafeText.Of(answers[^1].Text, longest: 500)}";
    }

    /// <summary>One line for <c>--quiet</c> and for logs.</summary>
    public static string OneLine(EndModel model)
    {
        var simulated = model.IsSimulated ? $" ({RunBanner.SimulatedText})" : "";
        var failure = model.PlanFailure is { } reason ? $"; no plan: {SafeText.Of(reason)}" : "";
        return $"run {model.Run.Id} {Status(model.Run)}: {Counts(model)}{simulated}{failure}";
    }

    private static StyledLine Headline(EndModel model)
    {
        var (mark, style) = model.Run.Status switch
        {
            RunStatus.Succeeded => ("✓", Look.Good),
            RunStatus.Failed => ("✗", Look.Bad),
            RunStatus.Cancelled => ("✗", Look.Warn),
            _ => ("●", Look.Busy),
        };
        var line = new StyledLine().Add($" {mark} ", style).Add(SafeText.Of(model.Run.Title, longest: 120), Look.Strong)
            .Add($"  {Status(model.Run)}", style).Add($"  {model.Run.Id}", Look.Quiet);
        return model.IsSimulated ? line.Right($"{RunBanner.SimulatedText} ", Look.Simulated) : line;
    }

    private static StyledLine Facts(EndModel model)
    {
        var run = model.Run;
        var time = run.StartedAt is { } started ? $" · {TimeText.Of((run.FinishedAt ?? model.Now) - started)}" : "";
        return new StyledLine().Add($"   {Counts(model)}{time}");
    }

    private static StyledLine Costs(EndModel model) => new StyledLine().Add(
        $"   {model.Banner.Models} · {TimeText.Number(model.Run.Usage.Input)} tokens in, {TimeText.Number(model.Run.Usage.Output)} out", Look.Quiet);

    private static string Counts(EndModel model)
    {
        if (model.Tasks.Count == 0)
            return $"no {model.Banner.Noun}s";
        var verdicts = model.Tasks.GroupBy(task => task.Verdict).OrderBy(group => Array.IndexOf(Order, group.Key))
            .Select(group => $"{TimeText.Number(group.Count())} {Name(group.Key, model.Banner)}");
        return $"{TimeText.Count(model.Tasks.Count, model.Banner.Noun)}: {string.Join(", ", verdicts)}";
    }

    private static readonly TaskVerdict[] Order =
    [
        TaskVerdict.Accepted, TaskVerdict.Rejected, TaskVerdict.Failed, TaskVerdict.Skipped, TaskVerdict.LeftOut, TaskVerdict.Cancelled,
        TaskVerdict.Working, TaskVerdict.Waiting, TaskVerdict.Queued,
    ];

    private static IRenderable Tasks(IReadOnlyList<TaskRow> tasks, RunBanner banner)
    {
        // In a long list what went wrong must not be what is left out.
        var shown = tasks.Count <= MostRows
            ? tasks
            : [.. tasks.OrderBy(task => task.Verdict is TaskVerdict.Accepted or TaskVerdict.Queued ? 1 : 0).Take(MostRows)];
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet)
            .AddColumn(new TableColumn(Head(banner.Noun))).AddColumn(new TableColumn(Head("verdict")))
            .AddColumn(new TableColumn(Head("tokens")).RightAligned().NoWrap()).AddColumn(new TableColumn(Head("time")).RightAligned().NoWrap());
        foreach (var task in shown)
        {
            table.AddRow(
                new Text(task.Title),
                Verdict(task, banner),
                new Text(TimeText.Number(task.Usage.Input + task.Usage.Output), Look.Quiet),
                new Text(task.Time is { } time ? TimeText.Of(time) : "", Look.Quiet));
        }

        return tasks.Count == shown.Count
            ? table
            : new Rows(table, new StyledLine().Add($"   … and {TimeText.Count(tasks.Count - shown.Count, $"more {banner.Noun}")}; all: --json", Look.Quiet));
    }

    private static Text Head(string name) => new(name, Look.Quiet);

    private static Text Verdict(TaskRow task, RunBanner banner)
    {
        var reason = string.IsNullOrEmpty(task.Reason) ? "" : $": {task.Reason}";
        return task.Verdict switch
        {
            TaskVerdict.Accepted => new(task.Rounds > 0 ? $"accepted in round {task.Rounds}" : banner.Done, Look.Good),
            TaskVerdict.Failed => new($"failed{reason}", Look.Bad),
            TaskVerdict.Skipped => new($"skipped{reason}", Look.Warn),
            TaskVerdict.Rejected => new($"rejected {task.Reason}", Look.Warn),
            TaskVerdict.Waiting => new($"waiting{reason}", Look.Warn),
            TaskVerdict.Working when banner.Own is not null && task.Rounds == 0 => new(Name(task.Verdict, banner), Look.Busy),
            TaskVerdict.Working => new($"{task.Phase ?? "work"}, round {Math.Max(1, task.Rounds)}", Look.Busy),
            _ => new(Name(task.Verdict, banner), Look.Quiet),
        };
    }

    private static IEnumerable<(string What, string Line)> NextCommands(EndModel model)
    {
        var id = model.Run.Id;
        if (model.Run.Status == RunStatus.Running)
        {
            if (model.Tasks.FirstOrDefault(task => task.Phase == TaskRow.Approval) is { } asked)
                yield return ("Decide", model.FollowUp.Command($"approve {id} {asked.Id}"));
            yield return ("Watch", model.FollowUp.Command($"watch {id}"));
            yield break;
        }

        if (model.Summary is null && model.Tasks.Count > 0 && model.Run.Workflow != CallbackWorkflow.Name)
            yield return ("Files", model.FollowUp.Command($"artifacts {id} --out DIR"));
        if (model.OffersShow)
            yield return ("Steps", model.FollowUp.Command($"show {id} --steps"));
        if (model.Run.Status == RunStatus.Failed)
        {
            yield return ("Log", model.FollowUp.Command($"logs {id}"));
            yield return ("Try the failed ones again", model.FollowUp.Command($"retry {id}"));
        }
    }

    private static string Status(RunRecord run) => run switch
    {
        { Status: RunStatus.Running, CancelRequested: true } => "being cancelled",
        { Status: RunStatus.Running, StartedAt: null } => "queued",
        _ => run.Status.ToString().ToLowerInvariant(),
    };

    private static string Name(TaskVerdict verdict, RunBanner banner) => verdict switch
    {
        TaskVerdict.Accepted => banner.Done,
        TaskVerdict.LeftOut => "left out",
        TaskVerdict.Working => "in progress",
        _ => verdict.ToString().ToLowerInvariant(),
    };
}

/// <summary>What the end screen shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Banner">What it worked with.</param>
/// <param name="Tasks">Its tasks.</param>
/// <param name="Summary">Where its summary lies, as the user would open it; null when nothing was exported.</param>
/// <param name="OffersShow">False where the steps are shown already.</param>
/// <param name="Now">For times of what is not finished.</param>
internal sealed record EndModel(RunRecord Run, RunBanner Banner, IReadOnlyList<TaskRow> Tasks, string? Summary, bool OffersShow, DateTimeOffset Now)
{
    /// <summary>Steps that another model answered than the one chosen.</summary>
    public IReadOnlyList<FallbackAnswer> Fallbacks { get; init; } = [];

    /// <summary>Answers were made up, all or some.</summary>
    public bool IsSimulated => Banner.Simulated || Fallbacks.Any(answer => answer.IsSimulated);

    /// <summary>What may be done next.</summary>
    public FollowUp FollowUp { get; init; } = FollowUp.None;

    /// <summary>Who is told of its end; null where that is not shown.</summary>
    public IReadOnlyList<CallbackState>? Callbacks { get; init; }

    /// <summary>Why there are no tasks; null when there is a plan, or none yet.</summary>
    public string? PlanFailure { get; init; }

    public static string? PlanFailureOf(IReadOnlyList<StepRecord> steps, IReadOnlyList<TaskRow> tasks) => tasks.Count > 0
        ? null
        : steps.FirstOrDefault(step => step is { Key: StandardWorkflow.PlanKey, Status: StepStatus.Failed or StepStatus.DeadLettered })?.Reason;
}
