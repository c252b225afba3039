using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// What follows when steps end: dependents are counted down, groups close, and so on until nothing more ends, or until one batch is used up; then the rest is left to
/// <see cref="Unfinished"/>. Each ended step has been counted by its run when it ended, so whether it was followed already is nobody's concern but its dependents'.
/// </summary>
internal sealed class Cascade
{
    private readonly Session _session;
    private readonly RunRow _run;
    private readonly Queue<StepRow> _ended = [];
    private int _left;

    public Cascade(Session session, RunRow run)
    {
        _session = session;
        _run = run;
        _left = session.Batch;
    }

    /// <summary>Its batch is used up: whatever ends from now on is left to a cursor.</summary>
    public bool IsUsedUp => _left <= 0;

    /// <param name="session">The transaction.</param>
    /// <param name="run">The step's run.</param>
    /// <param name="step">Terminal now, saved, and counted by its run.</param>
    public static void Ended(Session session, RunRow run, StepRow step) => new Cascade(session, run).Follow(step, after: -1, bound: run.Next);

    /// <summary>The same, from where an earlier transaction stopped.</summary>
    public static void Resume(Session session, RunRow run, StepRow step, int after, int bound) => new Cascade(session, run).Follow(step, after, bound);

    /// <summary>How a step's end reads in the reason of what it ended.</summary>
    public static string Because(StepRow ended) => Because(ended.Key, ended.State.Status);

    public static string Because(string key, StepStatus status) => $"'{key}' {status switch
    {
        StepStatus.Failed => "failed",
        StepStatus.DeadLettered => "was dead-lettered",
        StepStatus.Skipped => "was skipped",
        _ => "was cancelled",
    }}";

    /// <summary>A step was skipped, and is saved.</summary>
    public void Skipped(StepRow step)
    {
        Count(step);
        FollowQueue();
    }

    private void Follow(StepRow first, int after, int bound)
    {
        FollowOne(first, after, bound);
        FollowQueue();
    }

    private void FollowQueue()
    {
        while (_ended.TryDequeue(out var step))
            FollowOne(step, -1, _run.Next);
    }

    private void FollowOne(StepRow step, int after, int bound)
    {
        if (_left > 0)
        {
            var dependents = StepRow.Dependents(_session, step.Run, step.Index, after, bound, _left);
            _left -= dependents.Count;
            foreach (var dependent in dependents)
                CountDown(step, dependent);
            after = dependents.Count > 0 ? dependents[^1].Index : after;
        }

        if (_left <= 0)
            Unfinished.FanOut(_session, step, after, bound);
        else
            CloseGroup(step);
    }

    private void CountDown(StepRow ended, StepRow dependent)
    {
        var before = dependent.State.Status;
        // A staged one looks at its dependencies when it unfolds.
        if (before != StepStatus.Blocked || dependent.IsStaged)
            return;
        dependent.State = StepMoves.DependencyEnded(dependent.State, ended.State.Status.IsBroken);
        if (ended.State.Status.IsBroken)
            dependent.Reason ??= BecauseOf(ended);
        if (dependent.State.Status == StepStatus.Ready)
            dependent.Reason = null;
        StopRun.Apply(_session, _run, dependent);
        dependent.SaveCounters(_session, before);
        if (dependent.State.Status == StepStatus.Ready)
            ReadyList.Add(_session, _run, dependent);
        if (dependent.State.Status == StepStatus.Skipped)
            Count(dependent);
    }

    /// <summary>Of what a stop has skipped, or of a group that was left without its members by it, "'x' was skipped" would not tell which failure it was.</summary>
    private string BecauseOf(StepRow ended) =>
        _run.StoppedBy is not null && (ended.State.Status == StepStatus.Skipped || ended.Reason == _run.StopReason(_session)) ? _run.StopReason(_session) : Because(ended);

    private void Count(StepRow skipped)
    {
        _run.Note(_session, RunEventKind.StepSkipped, skipped.Index, skipped.Reason);
        _run.StepEnded(_session, skipped);
        _ended.Enqueue(skipped);
    }

    private void CloseGroup(StepRow member)
    {
        if (member.Parent is not { } parent)
            return;
        var group = _session.Group(member.Run, parent);
        if (group.State.Status != StepStatus.Expanded)
            return;
        _left--;
        group.State = StepMoves.MemberEnded(group.State, member.State.Status.IsBroken);
        if (member.State.Status is StepStatus.Failed or StepStatus.DeadLettered)
            group.Reason = member.Reason;
        else if (member.State.Status == StepStatus.Skipped && _run.StoppedBy is not null)
            group.Reason ??= member.Reason;
        if (group.State.Status == StepStatus.Succeeded)
            group.Reason = null;
        if (!group.State.Status.IsTerminal)
            return;
        _session.Close(group);
        group.SaveCounters(_session, StepStatus.Expanded);
        _run.Note(
            _session, group.State.Status == StepStatus.Failed ? RunEventKind.StepFailed : RunEventKind.StepSucceeded, group.Index, group.Reason);
        _run.StepEnded(_session, group);
        _ended.Enqueue(group);
    }
}
