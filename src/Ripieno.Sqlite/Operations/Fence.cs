using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>The check at the door of every report: is this execution still the step's own?</summary>
internal static class Fence
{
    /// <summary>Null when the report may go on; else what to answer.</summary>
    public static ReportOutcome? Check(Session session, RunRow run, StepRow step, StepLease lease)
    {
        if (step.State.Epoch != lease.Epoch)
            return Late(session, run, step, lease, ReportOutcome.LeaseLost);
        if (step.State.RecordedEpoch == lease.Epoch)
            return ReportOutcome.Recorded;
        if (run.Cancel)
            return Discard(session, run, step, lease);
        return StepMoves.CanReport(step.State) ? null : Late(session, run, step, lease, ReportOutcome.LeaseLost);
    }

    /// <summary>The run was cancelled while the step was executing: its report only ends it.</summary>
    private static ReportOutcome Discard(Session session, RunRow run, StepRow step, StepLease lease)
    {
        if (step.State.Status.IsTerminal)
            return Late(session, run, step, lease, ReportOutcome.Discarded);
        step.State = StepMoves.Cancelled(step.State) with { RecordedEpoch = lease.Epoch };
        step.Owner = null;
        step.SaveMove(session);
        run.Note(session, RunEventKind.LateReport, step.Index, "the run was cancelled");
        run.StepEnded(session, step);
        return ReportOutcome.Discarded;
    }

    private static ReportOutcome Late(Session session, RunRow run, StepRow step, StepLease lease, ReportOutcome outcome)
    {
        run.Note(session, RunEventKind.LateReport, step.Index, $"execution {lease.Epoch} reported after execution {step.State.Epoch} had begun or the run had ended");
        return outcome;
    }
}
