using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>The reports that leave a step without a result: a failed try, parking, hand-back.</summary>
internal static class GiveUpStep
{
    public static ReportOutcome Fail(Session session, StepLease lease, StepFailure failure) => Report(session, lease, (run, step) =>
    {
        session.Db.Execute(
            "UPDATE step SET tokens_in = tokens_in + ?3, tokens_out = tokens_out + ?4 WHERE run = ?1 AND ix = ?2",
            run.No, step.Index, failure.Usage.Input, failure.Usage.Output);
        run.Spent(failure.Usage);
        Leave(session, run, step, StepMoves.TryFailed(step.State, failure.RetryAt is not null), failure.Reason, failure.RetryAt);
        Served(session, run, step, failure.Model, failure.Usage);
        run.Note(session, failure.RetryAt is null ? RunEventKind.StepFailed : RunEventKind.StepRetried, step.Index, failure.Reason);
        if (!step.State.Status.IsTerminal)
            return;
        session.Figures.Ended(run.Workflow, session.Executor(step.Class), failure.Model, succeeded: false);
        run.StepEnded(session, step);
        Cascade.Ended(session, run, step);
    });

    public static ReportOutcome Park(Session session, StepLease lease, DateTimeOffset until, string reason) => Report(session, lease, (run, step) =>
    {
        Leave(session, run, step, StepMoves.Parked(step.State), reason, until);
        Served(session, run, step, "", default);
        run.Note(session, RunEventKind.StepParked, step.Index, reason);
        EndIfSkipped(session, run, step);
    });

    public static ReportOutcome Release(Session session, StepLease lease) => Report(session, lease, (run, step) =>
    {
        Leave(session, run, step, StepMoves.HandedBack(step.State), step.Reason, null);
        if (step.State.Status == StepStatus.Ready)
            ReadyList.Add(session, run, step);
        Served(session, run, step, "", default);
        run.Note(session, RunEventKind.StepReleased, step.Index);
        EndIfSkipped(session, run, step);
    });

    public static void Served(Session session, RunRow run, StepRow step, string model, TokenUsage usage) =>
        session.Figures.Served(run.Workflow, session.Executor(step.Class), model, session.Now - (step.Claimed ?? session.Now), usage);

    private static ReportOutcome Report(Session session, StepLease lease, Action<RunRow, StepRow> record)
    {
        if (session.FindRun(lease.RunId) is not { } run)
            return ReportOutcome.LeaseLost;
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;
        record(run, step);
        return ReportOutcome.Recorded;
    }

    private static void Leave(Session session, RunRow run, StepRow step, StepState state, string? reason, DateTimeOffset? due)
    {
        var wasReady = step.State.Status == StepStatus.Ready;
        step.State = state;
        step.Owner = null;
        step.Reason = reason;
        StopRun.Apply(session, run, step);
        step.SaveMove(session, step.State.Status == StepStatus.Waiting ? due?.ToUnixTimeMilliseconds() : null);
        if (wasReady)
            ReadyList.Removed(session, run, step);
    }

    /// <summary>It has come back unbegun to a run that has stopped.</summary>
    private static void EndIfSkipped(Session session, RunRow run, StepRow step)
    {
        if (step.State.Status == StepStatus.Skipped)
            new Cascade(session, run).Skipped(step);
    }
}
