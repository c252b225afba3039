using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows.Composing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>The live display of a run, as a pure function of its model.</summary>
internal static class ProgressView
{
    private const int NarrowestName = 9;
    private const int WidestName = 24;

    public static IRenderable Of(ProgressModel model)
    {
        var lines = new List<IRenderable> { Title(model), Subtitle(model), new StyledLine() };
        var phases = PhaseProgress.Of(model.Overview.Counts, model.Banner);
        var nameWidth = Math.Clamp(phases.Max(phase => phase.Name.Length) + 1, NarrowestName, WidestName);
        lines.AddRange(phases.Select(phase => new ProgressBar(phase, nameWidth)));
        lines.Add(new StyledLine());
        var doing = Doing(model).ToList();
        lines.AddRange(doing);
        if (doing.Count > 0)
            lines.Add(new StyledLine());
        if (model.Trouble is { } trouble)
            lines.Add(new StyledLine().Add($" ! {SafeText.Of(trouble)}", Look.Warn));
        lines.Add(Footer(model));
        return new Rows(lines);
    }

    private static StyledLine Title(ProgressModel model)
    {
        var run = model.Overview.Run;
        var line = new StyledLine().Add($" {SafeText.Of(run.Title, longest: 120)}", Look.Strong).Add($"  {run.Id}", Look.Quiet);
        return model.Banner.Simulated ? line.Right($"{RunBanner.SimulatedText} ", Look.Simulated) : line;
    }

    private static StyledLine Subtitle(ProgressModel model)
    {
        var line = new StyledLine().Add($" {model.Banner.Models}", Look.Quiet);
        return model.Overview.Run switch
        {
            { CancelRequested: true, Status: RunStatus.Running } => line.Add(" · being cancelled", Look.Warn),
            { StartedAt: null, Status: RunStatus.Running } => line.Add(" · queued", Look.Quiet),
            _ => line,
        };
    }

    private static IEnumerable<IRenderable> Doing(ProgressModel model)
    {
        var others = model.Overview.Active.Where(step => step.Status == StepStatus.Running && step.Instance != model.Instance)
            .Select(step => new SlotLine(step.Key, $"on {SafeText.Of(step.Instance ?? "another instance", longest: 40)}", model.Now - (step.StartedAt ?? model.Now), 0));
        var busy = model.Slots.Concat(others).OrderBy(slot => slot.StepKey, StringComparer.Ordinal).ToList();
        var waiting = model.Overview.Active.Where(step => step.Status == StepStatus.Waiting && step.Class.Executor != WorkflowComposer.ApprovalTimer)
            .GroupBy(step => SafeText.Of(step.Reason))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();

        var waitingRoom = Math.Min(waiting.Count, Math.Max(2, model.Room / 3));
        var busyRoom = Math.Max(1, model.Room - waitingRoom);
        var nameWidth = busy.Take(busyRoom).Select(slot => SlotRow.NameOf(slot).Length).DefaultIfEmpty(0).Max();
        foreach (var slot in busy.Take(busyRoom))
            yield return new SlotRow(slot, nameWidth);
        if (busy.Count > busyRoom)
            yield return new StyledLine().Add($"   … and {TimeText.Number(busy.Count - busyRoom)} more at work", Look.Quiet);
        foreach (var asked in model.Tasks.Where(task => task.Phase == TaskRow.Approval).Take(waitingRoom + 2))
            yield return new StyledLine().Add(" ? ", Look.Warn).Add($"{asked.Title}  ").Add($"waits for approval: {model.FollowUp.Command($"approve {model.Overview.Run.Id} {asked.Id}")}", Look.Warn);
        foreach (var group in waiting.Take(waitingRoom))
            yield return Waiting([.. group], model.Now);
    }

    private static StyledLine Waiting(StepRecord[] steps, DateTimeOffset now)
    {
        var who = steps.Length == 1 ? SafeText.Of(steps[0].Key, longest: 44) : TimeText.Count(steps.Length, "step");
        var due = steps.Min(step => step.DueAt) is { } at && at > now ? $"next try in {TimeText.Whole(at - now + TimeSpan.FromSeconds(1))}" : "next try now";
        var reason = SafeText.Of(steps[0].Reason) is { Length: > 0 } text ? text.TrimEnd('.') : "waiting";
        return new StyledLine().Add(" ◌ ", Look.Warn).Add($"{who}  ").Add($"{due}: {reason}", Look.Warn);
    }

    private static StyledLine Footer(ProgressModel model)
    {
        var run = model.Overview.Run;
        var elapsed = (run.FinishedAt ?? model.Now) - (run.StartedAt ?? run.CreatedAt);
        var line = new StyledLine().Add($" {TimeText.Whole(elapsed)}");
        if (run.Usage.Input + run.Usage.Output is var tokens and > 0)
            line.Add($" · {TimeText.Count(tokens, "token")}", Look.Quiet);
        AddCount(line, model.Tasks, TaskVerdict.Accepted, model.Banner.Done, Look.Good);
        AddCount(line, model.Tasks, TaskVerdict.Failed, "failed", Look.Bad);
        AddCount(line, model.Tasks, TaskVerdict.Skipped, "skipped", Look.Warn);
        AddCount(line, model.Tasks, TaskVerdict.LeftOut, "left out", Look.Quiet);
        return Remaining(model) is { } left ? line.Add($" · about {TimeText.Whole(left)} left", Look.Quiet) : line;
    }

    private static void AddCount(StyledLine line, IReadOnlyList<TaskRow> tasks, TaskVerdict verdict, string name, Style style)
    {
        if (tasks.Count(task => task.Verdict == verdict) is var count and > 0)
            line.Add($" · {TimeText.Number(count)} {name}", style);
    }

    private static TimeSpan? Remaining(ProgressModel model)
    {
        // While everything waits, each second would add some more to the guess.
        if (model.Overview.Run.Status != RunStatus.Running || (model.Overview.Active.Count > 0 && model.Overview.Active.All(step => step.Status == StepStatus.Waiting)))
            return null;
        var phases = PhaseProgress.Of(model.Overview.Counts, model.Banner);
        return TimeEstimate.Of(
            phases.Sum(phase => phase.Done) - model.DoneWhenBegun, phases.Sum(phase => phase.Total - phase.Done), model.Now - model.Began);
    }
}
