using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Steps that instances have died of. Each executes alone: it is kept for one instance, which gets nothing more until it holds nothing, then this step, and nothing beside
/// it. The others go on as ever. A step kept for an instance that is gone is free again.
/// </summary>
internal static class Suspects
{
    /// <summary>Looked through for one whose run may start a step.</summary>
    private const int Candidates = 16;

    /// <returns>What the claim's answer is; null = there is no suspect to care for.</returns>
    public static List<PackedClaim>? Claim(Session session, ClaimRequest request, long owner, List<Demand> demands, RunningSteps running)
    {
        if (session.Db.NumberOrNull("SELECT 1 FROM step INDEXED BY step_owner WHERE owner = ?1 AND deaths >= 2 LIMIT 1", owner) is not null)
            return [];
        foreach (var demand in demands)
        {
            if (Find(session, request, owner, demand, running) is not var (run, index))
                continue;
            if (session.Db.NumberOrNull("SELECT 1 FROM step INDEXED BY step_owner WHERE owner = ?1 LIMIT 1", owner) is null)
                return [PackedClaim.Take(session, run, demand.Class, index, owner)];
            session.Db.Execute("UPDATE step SET kept_for = ?3 WHERE run = ?1 AND ix = ?2 AND kept_for IS NOT ?3", run.No, index, owner);
            return [];
        }

        return null;
    }

    private static (ClaimableRun Run, int Index)? Find(Session session, ClaimRequest request, long owner, Demand demand, RunningSteps running)
    {
        var found = session.Db.List(
            """
            SELECT run.no, run.id, run.workflow, run.snapshot, run.max_parallel, step.ix
            FROM step INDEXED BY step_suspect JOIN run ON run.no = step.run
            WHERE step.class = ?1 AND step.status = 1 AND step.deaths >= 2 AND run.id IS NOT NULL AND (?2 IS NULL OR run.id = ?2)
              AND (step.kept_for IS NULL OR step.kept_for = ?3 OR NOT EXISTS (SELECT 1 FROM instance WHERE no = step.kept_for AND expires > ?4))
            ORDER BY step.kept_for IS NOT ?3, step.run, step.ix LIMIT ?5 + 0
            """,
            [demand.ClassNumber, request.RunId, owner, session.Now, Candidates],
            row => (Run: new ClaimableRun
            {
                No = row.GetInt64(0),
                Id = row.GetString(1),
                Workflow = row.GetString(2),
                Snapshot = row.GetBytes(3),
                Room = running.Room(row.GetInt64(0), row.GetInt32(4)),
            }, Index: row.GetInt32(5)));
        var chosen = found.FindIndex(one => one.Run.Room > 0 && !session.Run(one.Run.No).Cancel);
        return chosen < 0 ? null : found[chosen];
    }
}
