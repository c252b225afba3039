using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// The flag decides: every claim and every report looks at it. Cancelling the open steps one by one is tidying up, and goes on batch by batch.
/// </summary>
internal static class CancelRun
{
    public static bool Execute(Session session, string runId)
    {
        var run = RunRow.Load(session, runId);
        if (run.Status != RunStatus.Running)
            return false;
        if (run.Cancel)
            return true;
        run.BeginCancel();
        run.Note(session, RunEventKind.CancelRequested, null);
        ReadyList.RemoveRun(session, run);
        Unfinished.Drop(session, run);
        if (Advance(session, run, 0, run.Next) is { } next)
            Unfinished.Cancel(session, run, next);
        return true;
    }

    /// <summary>Running ones end by their own report; what was written ahead is cancelled as it unfolds.</summary>
    public static int? Advance(Session session, RunRow run, int cursor, int bound)
    {
        var end = (int)Math.Min((long)cursor + session.Batch, bound);
        run.StepsCancelled(session, session.Db.Execute(
            "UPDATE step SET status = ?4, due = NULL, finished = ?5 WHERE run = ?1 AND ix >= ?2 AND ix < ?3 AND status IN (?6, ?7, ?8, ?9)",
            run.No, cursor, end, (int)StepStatus.Cancelled, session.Now,
            (int)StepStatus.Blocked, (int)StepStatus.Ready, (int)StepStatus.Waiting, (int)StepStatus.Expanded));
        return end < bound ? end : null;
    }
}
