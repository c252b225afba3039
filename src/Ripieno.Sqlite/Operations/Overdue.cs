using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>Time passes: waiting steps become due, silent instances lose their steps. Part of every claim, so there is no separate sweeper to fail.</summary>
internal static class Overdue
{
    /// <summary>Bounds one commit; the next claim goes on.</summary>
    private const int Batch = 100;

    public static void Sweep(Session session)
    {
        foreach (var (runNo, index) in Pairs(session, "SELECT run, ix FROM step WHERE due <= ?1 LIMIT ?2", session.Now, Batch))
        {
            var step = StepRow.Load(session, runNo, index);
            step.State = StepMoves.Due(step.State);
            step.SaveMove(session);
            ReadyList.Add(session, RunRow.Load(session, runNo), step);
        }

        foreach (var owner in Silent(session))
            LoseSteps(session, owner, "its instance was silent for longer than the lease");
    }

    /// <summary>Takes the steps away from an instance; each counts a death.</summary>
    /// <returns>How many.</returns>
    public static int LoseSteps(Session session, long owner, string reason)
    {
        var steps = Pairs(session, "SELECT run, ix FROM step WHERE owner = ?1 LIMIT ?2", owner, int.MaxValue);
        foreach (var (runNo, index) in steps)
        {
            var run = RunRow.Load(session, runNo);
            var step = StepRow.Load(session, runNo, index);
            step.Owner = null;
            step.State = run.Cancel ? StepMoves.Cancelled(step.State) : StepMoves.OwnerLost(step.State);
            step.SaveMove(session);
            run.Note(session, RunEventKind.LeaseExpired, index, reason);
            if (run.Cancel)
                run.Open--;
            else
                ReadyList.Add(session, run, step);
            run.Save(session);
        }

        return steps.Count;
    }

    private static List<long> Silent(Session session)
    {
        var owners = new List<long>();
        using var rows = session.Db.Query(
            "SELECT no FROM instance WHERE expires <= ?1 AND EXISTS (SELECT 1 FROM step WHERE owner = instance.no)", session.Now);
        while (rows.Read())
            owners.Add(rows.GetInt64(0));
        return owners;
    }

    public static List<(long Run, int Index)> Pairs(Session session, string sql, params ReadOnlySpan<object?> values)
    {
        var pairs = new List<(long, int)>();
        using var rows = session.Db.Query(sql, values);
        while (rows.Read())
            pairs.Add((rows.GetInt64(0), rows.GetInt32(1)));
        return pairs;
    }
}
