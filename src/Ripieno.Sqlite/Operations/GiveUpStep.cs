using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>The reports that leave a step without a result: a failed try, parking, hand-back.</summary>
internal static class GiveUpStep
{
    public static ReportOutcome Fail(Session session, StepLease lease, StepFailure failure)
    {
        var run = RunRow.Load(session, lease.RunId);
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;

        session.Db.Execute(
            "UPDATE step SET tokens_in = tokens_in + ?3, tokens_out = tokens_out + ?4 WHERE run = ?1 AND ix = ?2",
            run.No, step.Index, failure.Usage.Input, failure.Usage.Output);
        run.Usage += failure.Usage;
        Leave(session, step, StepMoves.TryFailed(step.State, failure.RetryAt is not null), failure.Reason, failure.RetryAt);
        run.Note(session, failure.RetryAt is null ? RunEventKind.StepFailed : RunEventKind.StepRetried, step.Index, failure.Reason);
        if (step.State.Status.IsTerminal)
            Cascade.Ended(session, run, step);
        run.Save(session);
        return ReportOutcome.Recorded;
    }

    public static ReportOutcome Park(Session session, StepLease lease, DateTimeOffset until, string reason)
    {
        var run = RunRow.Load(session, lease.RunId);
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;

        Leave(session, step, StepMoves.Parked(step.State), reason, until);
        run.Note(session, RunEventKind.StepParked, step.Index, reason);
        run.Save(session);
        return ReportOutcome.Recorded;
    }

    public static ReportOutcome Release(Session session, StepLease lease)
    {
        var run = RunRow.Load(session, lease.RunId);
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;

        Leave(session, step, StepMoves.HandedBack(step.State), step.Reason, null);
        ReadyList.Add(session, run, step);
        run.Note(session, RunEventKind.StepReleased, step.Index);
        run.Save(session);
        return ReportOutcome.Recorded;
    }

    private static void Leave(Session session, StepRow step, StepState state, string? reason, DateTimeOffset? due)
    {
        if (step.State.Status == StepStatus.Ready)
            ReadyList.Remove(session, step);
        step.State = state;
        step.Owner = null;
        step.Reason = reason;
        step.SaveMove(session, due?.ToUnixTimeMilliseconds());
    }
}
