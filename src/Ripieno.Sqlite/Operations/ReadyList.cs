namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Which runs have something to claim: for each class a ring in virtual time. What a run has to offer is the index <c>step_ready</c> over its steps, so a status alone
/// decides it. The ring, and the shares that tenants have in it, are written in the same commit.
/// </summary>
internal static class ReadyList
{
    /// <summary>Virtual time of one step of a tenant of weight 1.</summary>
    public const long Stride = 1_000_000;

    /// <summary>A step of the run became ready, and is saved.</summary>
    public static void Add(Session session, RunRow run, StepRow step)
    {
        // Suspects are looked for one by one; there are never many.
        if (step.State.IsSuspect || !run.Waiting.Add(step.Class))
            return;
        // A run that comes (back) to the ring starts at the class's clock: being idle earns no credit.
        var came = session.Db.Execute(
            """
            INSERT INTO ring(class, run, rank, time, waiting) VALUES(?1, ?2, ?3, (SELECT clock FROM class WHERE no = ?1), 1)
            ON CONFLICT DO UPDATE SET waiting = 1, time = max(time, excluded.time) WHERE waiting = 0
            """,
            step.Class, run.No, -run.Priority);
        if (came > 0)
            Share(session, run, step.Class, run.Weight);
    }

    /// <summary>A ready step of the run moved otherwise than by a claim, and is saved.</summary>
    public static void Removed(Session session, RunRow run, StepRow step)
    {
        if (step.State.IsSuspect)
            return;
        var left = session.Db.Execute(
            """
            UPDATE ring SET waiting = 0 WHERE class = ?1 AND run = ?2 AND waiting = 1
              AND NOT EXISTS (SELECT 1 FROM step WHERE class = ?1 AND run = ?2 AND status = 1 AND deaths < 2)
            """, step.Class, run.No);
        if (left == 0)
            return;
        run.Waiting.Remove(step.Class);
        Share(session, run, step.Class, -run.Weight);
    }

    /// <summary>A claim took the run's last ready step of a class.</summary>
    public static void Left(Session session, ClaimableRun run, long stepClass, long rank)
    {
        session.KnownRun(run.No)?.Waiting.Remove(stepClass);
        Share(session, stepClass, rank, run.Tenant, -run.Weight);
    }

    public static void RemoveRun(Session session, RunRow run)
    {
        foreach (var stepClass in session.Db.List("SELECT class FROM ring WHERE run = ?1 AND waiting = 1", [run.No], row => row.GetInt64(0)))
            Share(session, run, stepClass, -run.Weight);
        run.Waiting.Clear();
        session.Db.Execute("DELETE FROM ring WHERE run = ?1", run.No);
    }

    /// <summary>The tenant's runs that wait in a class weigh more or less now.</summary>
    private static void Share(Session session, long stepClass, long rank, string tenant, long weight) => session.Db.Execute(
        "INSERT INTO share(class, rank, tenant, weight) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET weight = weight + ?4", stepClass, rank, tenant, weight);

    private static void Share(Session session, RunRow run, long stepClass, long weight) => Share(session, stepClass, -run.Priority, run.Tenant, weight);
}
