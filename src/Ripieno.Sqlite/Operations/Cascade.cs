using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>What follows when steps end: dependents are counted down, groups close, and so on until nothing more ends.</summary>
internal static class Cascade
{
    /// <param name="session">The transaction.</param>
    /// <param name="run">The step's run; saved by the caller.</param>
    /// <param name="first">A step that is terminal now and saved.</param>
    public static void Ended(Session session, RunRow run, StepRow first)
    {
        var ended = new Queue<StepRow>();
        ended.Enqueue(first);
        while (ended.TryDequeue(out var step))
        {
            run.Open--;
            if (step.State.Status is StepStatus.Failed or StepStatus.DeadLettered)
                run.Failed++;
            foreach (var target in Dependents(session, step))
            {
                if (Dependent(session, run, step, target) is { } next)
                    ended.Enqueue(next);
            }

            if (Group(session, run, step) is { } group)
                ended.Enqueue(group);
        }
    }

    public static List<int> Dependents(Session session, StepRow step)
    {
        var targets = new List<int>();
        using var rows = session.Db.Query("SELECT target FROM edge WHERE run = ?1 AND source = ?2", step.Run, step.Index);
        while (rows.Read())
            targets.Add(rows.GetInt32(0));
        return targets;
    }

    private static StepRow? Dependent(Session session, RunRow run, StepRow ended, int target)
    {
        var dependent = StepRow.Load(session, ended.Run, target);
        if (dependent.State.Status != StepStatus.Blocked)
            return null;
        dependent.State = StepMoves.DependencyEnded(dependent.State, ended.State.Status.IsBroken);
        if (ended.State.Status.IsBroken)
            dependent.Reason ??= $"'{ended.Key}' {Word(ended.State.Status)}";
        if (dependent.State.Status == StepStatus.Ready)
            dependent.Reason = null;
        dependent.SaveCounters(session);
        if (dependent.State.Status == StepStatus.Ready)
            ReadyList.Add(session, run, dependent);
        if (dependent.State.Status != StepStatus.Skipped)
            return null;
        run.Note(session, RunEventKind.StepSkipped, dependent.Index, dependent.Reason);
        return dependent;
    }

    private static StepRow? Group(Session session, RunRow run, StepRow member)
    {
        if (member.Parent is not { } parent)
            return null;
        var group = StepRow.Load(session, member.Run, parent);
        if (group.State.Status != StepStatus.Expanded)
            return null;
        group.State = StepMoves.MemberEnded(group.State, member.State.Status.IsBroken);
        if (member.State.Status is StepStatus.Failed or StepStatus.DeadLettered)
            group.Reason = member.Reason;
        if (group.State.Status == StepStatus.Succeeded)
            group.Reason = null;
        group.SaveCounters(session);
        if (!group.State.Status.IsTerminal)
            return null;
        run.Note(session, group.State.Status == StepStatus.Failed ? RunEventKind.StepFailed : RunEventKind.StepSucceeded, group.Index, group.Reason);
        return group;
    }

    private static string Word(StepStatus status) => status switch
    {
        StepStatus.Failed => "failed",
        StepStatus.DeadLettered => "was dead-lettered",
        StepStatus.Skipped => "was skipped",
        _ => "was cancelled",
    };
}
