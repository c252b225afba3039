using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

internal static class CancelRun
{
    public static bool Execute(Session session, string runId)
    {
        var run = RunRow.Load(session, runId);
        if (run.Status != RunStatus.Running)
            return false;
        if (run.Cancel)
            return true;
        run.Cancel = true;
        ReadyList.RemoveRun(session, run.No);
        run.Open -= session.Db.Execute(
            "UPDATE step SET status = ?2, due = NULL, finished = ?3 WHERE run = ?1 AND status IN (?4, ?5, ?6, ?7)",
            run.No, (int)StepStatus.Cancelled, session.Now,
            (int)StepStatus.Blocked, (int)StepStatus.Ready, (int)StepStatus.Waiting, (int)StepStatus.Expanded);
        run.Note(session, RunEventKind.CancelRequested, null);
        run.Save(session);
        return true;
    }
}
