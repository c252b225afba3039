using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// A run that stops at its first failure. The mark at the run decides, in the commit of the failure: from there on whatever could become ready is skipped instead. What could begin already is skipped
/// batch by batch, and until that is done no claim gets anything of the run.
/// </summary>
internal static class StopRun
{
    public static void At(Session session, RunRow run, StepRow failed)
    {
        if (!run.StopOnFailure || run.StoppedBy is not null || run.Cancel)
            return;
        run.Stop(failed);
        run.Note(session, RunEventKind.Stopped, failed.Index);
        Unfinished.Stop(session, run);
    }

    public static string Reason(StepRow failed) => $"{Cascade.Because(failed)}, and the run stops at the first failure";

    /// <summary>Skips a step that would begin although its run has stopped. To be asked of every step that has become ready or waits; the caller saves it and tells of its end.</summary>
    public static void Apply(Session session, RunRow run, StepRow step)
    {
        if (run.StoppedBy is null || step.State.Status == StepStatus.Skipped || StepMoves.Stopped(step.State) is not { Status: StepStatus.Skipped } stopped || IsInAnyCase(session, step))
            return;
        (step.State, step.Reason) = (stopped, run.StopReason(session));
    }

    /// <summary>Looks at a batch of the steps in [<paramref name="cursor"/>, <paramref name="bound"/>). What was written ahead is decided as it unfolds, what is blocked when its dependencies have ended.</summary>
    /// <returns>Where to go on; null when all are done.</returns>
    public static int? Advance(Session session, RunRow run, int cursor, int bound)
    {
        var end = (int)Math.Min((long)cursor + session.Batch, bound);
        var cascade = new Cascade(session, run);
        foreach (var step in StepRow.Range(session, run.No, cursor, end).Where(step => !step.IsStaged))
        {
            if (cascade.IsUsedUp)
                return step.Index;
            var before = step.State.Status;
            Apply(session, run, step);
            if (step.State.Status == before)
                continue;
            step.SaveMove(session);
            if (before == StepStatus.Ready)
                ReadyList.Removed(session, run, step);
            cascade.Skipped(step);
        }

        return end < bound ? end : null;
    }

    /// <summary>Within something that runs in any case, a summary with its review or a clean-up of each item, all runs.</summary>
    private static bool IsInAnyCase(Session session, StepRow step)
    {
        for (var parent = step.Parent; parent is { } index;)
        {
            var group = session.Group(step.Run, index);
            if (group.State.Trigger == Trigger.AllDone)
                return true;
            parent = group.Parent;
        }

        return false;
    }
}
