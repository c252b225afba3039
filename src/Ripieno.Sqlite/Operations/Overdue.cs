using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Time passes: waiting steps become due, silent instances lose their steps. Part of every claim, so there is no separate sweeper to fail. A batch at a time: the next
/// claim goes on.
/// </summary>
internal static class Overdue
{
    /// <summary>Steps taken from one instance, or made due, in one transaction.</summary>
    public const int Batch = 100;

    /// <param name="session">The transaction.</param>
    /// <param name="sparesSilent">As <see cref="ClaimRequest.SparesSilent"/>.</param>
    public static void Sweep(Session session, bool sparesSilent)
    {
        foreach (var (runNo, index) in Pairs(session, "SELECT run, ix FROM step WHERE due <= ?1 LIMIT ?2 + 0", session.Now, Batch))
            Due(session, session.Run(runNo), StepRow.Load(session, runNo, index));
        if (sparesSilent)
            return;
        foreach (var (no, name) in Silent(session))
            LoseSteps(session, no, $"{name} was silent for longer than the lease");
    }

    /// <summary>A waiting step is wanted before its time.</summary>
    /// <returns>Whether it was waiting.</returns>
    public static bool Wake(Session session, string runId, int index)
    {
        if (session.FindRun(runId) is not { Cancel: false } run || StepRow.TryLoad(session, run.No, index) is not { State.Status: StepStatus.Waiting } step)
            return false;
        Due(session, run, step);
        return true;
    }

    /// <summary>Takes a batch of steps away from an instance; each counts a death.</summary>
    /// <returns>How many.</returns>
    public static int LoseSteps(Session session, long owner, string reason)
    {
        var steps = Pairs(session, "SELECT run, ix FROM step WHERE owner = ?1 LIMIT ?2 + 0", owner, Batch);
        foreach (var (runNo, index) in steps)
            Lose(session, session.Run(runNo), StepRow.Load(session, runNo, index), reason);
        return steps.Count;
    }

    public static List<(long Run, int Index)> Pairs(Session session, string sql, params ReadOnlySpan<Value> values) =>
        session.Db.List(sql, values, row => (row.GetInt64(0), row.GetInt32(1)));

    private static void Due(Session session, RunRow run, StepRow step)
    {
        step.State = run.Cancel ? StepMoves.Cancelled(step.State) : StepMoves.Due(step.State);
        step.SaveMove(session);
        if (run.Cancel)
            run.StepEnded(session, step);
        else
            ReadyList.Add(session, run, step);
    }

    private static void Lose(Session session, RunRow run, StepRow step, string reason)
    {
        var alone = step.State.IsSuspect;
        step.Owner = null;
        step.State = run.Cancel ? StepMoves.Cancelled(step.State) : StepMoves.OwnerLost(step.State, run.MaxDeathsAlone);
        if (step.State.Status == StepStatus.DeadLettered)
            step.Reason = $"{step.State.Deaths} instances ended while they executed it, {step.State.DeathsAlone} of them while it was alone; last: {reason}";
        step.SaveMove(session);
        run.Note(session, RunEventKind.LeaseExpired, step.Index, $"execution {step.State.Epoch}{(alone ? ", alone" : "")}: {reason}");
        if (step.State.Status == StepStatus.Ready)
            ReadyList.Add(session, run, step);
        if (!step.State.Status.IsTerminal)
            return;
        if (step.State.Status == StepStatus.DeadLettered)
        {
            run.Note(session, RunEventKind.DeadLettered, step.Index, step.Reason);
            session.Figures.Ended(run.Workflow, session.Executor(step.Class), "", succeeded: false);
        }

        run.StepEnded(session, step);
        if (!run.Cancel)
            Cascade.Ended(session, run, step);
    }

    private static List<(long No, string Name)> Silent(Session session) => session.Db.List(
        "SELECT no, id FROM instance WHERE expires <= ?1 AND EXISTS (SELECT 1 FROM step WHERE owner = instance.no)", [session.Now],
        row => (row.GetInt64(0), row.GetString(1)));
}
