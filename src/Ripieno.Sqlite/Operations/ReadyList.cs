namespace Ripieno.Sqlite.Operations;

/// <summary>
/// What can be claimed: for each class a ring of runs in virtual time, for each run in it a list of steps. Both are indexes over
/// <c>step.status</c>, written in the same commit.
/// </summary>
internal static class ReadyList
{
    /// <summary>Virtual time of one step of a run of weight 1.</summary>
    public const long Stride = 1_000_000;

    public static void Add(Session session, RunRow run, StepRow step)
    {
        session.Db.Execute("INSERT INTO ready(class, run, rank, ix) VALUES(?1, ?2, ?3, ?4)", step.Class, step.Run, -step.Priority, step.Index);
        // A run that comes (back) to the ring starts at the class's clock: being idle earns no credit.
        session.Db.Execute(
            """
            INSERT INTO ring(class, run, rank, time, waiting) VALUES(?1, ?2, ?3, (SELECT clock FROM class WHERE no = ?1), 1)
            ON CONFLICT DO UPDATE SET waiting = 1, time = max(time, excluded.time) WHERE waiting = 0
            """,
            step.Class, step.Run, -run.Priority);
    }

    public static void Remove(Session session, StepRow step)
    {
        session.Db.Execute("DELETE FROM ready WHERE class = ?1 AND run = ?2 AND rank = ?3 AND ix = ?4", step.Class, step.Run, -step.Priority, step.Index);
        Settle(session, step.Class, step.Run);
    }

    public static void RemoveRun(Session session, long run)
    {
        session.Db.Execute("DELETE FROM ready WHERE run = ?1 AND class IN (SELECT no FROM class)", run);
        session.Db.Execute("DELETE FROM ring WHERE run = ?1 AND class IN (SELECT no FROM class)", run);
    }

    private static void Settle(Session session, long stepClass, long run) => session.Db.Execute(
        "UPDATE ring SET waiting = 0 WHERE class = ?1 AND run = ?2 AND NOT EXISTS (SELECT 1 FROM ready WHERE class = ?1 AND run = ?2)", stepClass, run);
}
