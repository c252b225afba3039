using Ripieno.Runs;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Changes too wide for one transaction. What was decided is committed; what follows from it stands in a row with a cursor, and each transaction does a batch of it. The
/// store of any process goes on with it, so a process that dies in the middle leaves nothing undone.
/// </summary>
internal static class Unfinished
{
    private enum Kind
    {
        /// <summary>An expansion's steps, written ahead, become visible: <c>ix</c> is their first, the cursor the next.</summary>
        Unfold = 0,

        /// <summary>A step has ended and its dependents are being told, then its group: the cursor is the last that was told, the bound the first that came too late.</summary>
        FanOut = 1,

        /// <summary>A cancelled run's open steps are being cancelled: the cursor is the next to be looked at.</summary>
        Cancel = 2,

        /// <summary>A deleted run's rows are going.</summary>
        Delete = 3,

        /// <summary>A run has stopped at a failure and what could begin is being skipped: the cursor is the next to be looked at.</summary>
        Stop = 4,
    }

    public static void Unfold(Session session, RunRow run, int first, int count) => Add(session, Kind.Unfold, run.No, first, first, first + count);

    public static void FanOut(Session session, StepRow step, int after, int bound) => Add(session, Kind.FanOut, step.Run, step.Index, after, bound);

    public static void Cancel(Session session, RunRow run, int cursor) => Add(session, Kind.Cancel, run.No, 0, cursor, run.Next);

    public static void Stop(Session session, RunRow run) => Add(session, Kind.Stop, run.No, 0, 0, run.Next);

    public static void Delete(Session session, RunRow run) => Add(session, Kind.Delete, run.No, 0, 0, 0);

    /// <summary>The run has ended, or was cancelled: nothing more follows from its steps. Its deletion, and what is to be cancelled as it unfolds, stay.</summary>
    public static void Drop(Session session, RunRow run) =>
        session.Db.Execute("DELETE FROM unfinished WHERE run = ?1 AND kind IN (?2, ?3)", run.No, (int)Kind.FanOut, (int)Kind.Stop);

    /// <summary>True when a staged step has been committed and only waits for its turn to unfold.</summary>
    public static bool IsUnfolding(Session session, long run, int index) => session.Db.NumberOrNull(
        "SELECT 1 FROM unfinished WHERE run = ?1 AND kind = ?2 AND ?3 BETWEEN cursor AND bound - 1", run, (int)Kind.Unfold, index) is not null;

    /// <summary>Ended steps of a run whose dependents in (cursor, bound) have not been told yet.</summary>
    public static List<(int Step, int Cursor, int Bound)> FanOuts(Session session, long run) => session.Db.List(
        "SELECT ix, cursor, bound FROM unfinished WHERE run = ?1 AND kind = ?2", [run, (int)Kind.FanOut], row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)));

    /// <summary>True when there is something to go on with. Asked at each claim, so that nothing stays behind of a process that died.</summary>
    public static bool Any(Session session) => session.Db.NumberOrNull("SELECT 1 FROM unfinished LIMIT 1") is not null;

    /// <summary>Does one batch of what was begun first.</summary>
    /// <returns>False when there is nothing left.</returns>
    public static bool Advance(Session session)
    {
        long no;
        Kind kind;
        RunRow run;
        int index, cursor, bound;
        using (var row = session.Db.Query("SELECT no, kind, run, ix, cursor, bound FROM unfinished ORDER BY no LIMIT 1"))
        {
            if (!row.Read())
                return false;
            (no, kind, index, cursor, bound) = (row.GetInt64(0), (Kind)row.GetInt32(1), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5));
            run = session.Run(row.GetInt64(2));
        }

        var next = kind switch
        {
            Kind.Unfold => StagedSteps.Unfold(session, run, cursor, bound),
            Kind.Cancel => CancelRun.Advance(session, run, cursor, bound),
            Kind.Stop => StopRun.Advance(session, run, cursor, bound),
            Kind.Delete => DeleteRuns.Advance(session, run) ? 0 : null,
            _ => Tell(session, run, no, index, cursor, bound),
        };
        if (next is { } place)
            session.Db.Execute("UPDATE unfinished SET cursor = ?2 WHERE no = ?1", no, place);
        else if (kind != Kind.FanOut)
            session.Db.Execute("DELETE FROM unfinished WHERE no = ?1", no);
        return true;
    }

    private static int? Tell(Session session, RunRow run, long no, int index, int cursor, int bound)
    {
        // Taken away first: if there is more to tell than a batch, the cascade itself puts the rest back.
        session.Db.Execute("DELETE FROM unfinished WHERE no = ?1", no);
        if (run.Status == RunStatus.Running && !run.Cancel)
            Cascade.Resume(session, run, StepRow.Load(session, run.No, index), cursor, bound);
        return null;
    }

    private static void Add(Session session, Kind kind, long run, int index, int cursor, int bound)
    {
        session.Db.Execute(
            "INSERT INTO unfinished(kind, run, ix, cursor, bound) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET cursor = ?4, bound = ?5",
            (int)kind, run, index, cursor, bound);
        session.IsUnfinished = true;
    }
}
