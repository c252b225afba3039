using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>Registrations and heartbeats. A lease is not kept for each step: it lives as long as its instance's heartbeat.</summary>
internal static class Instances
{
    public static long Number(Session session, Guid incarnation) => TryNumber(session, incarnation)
        ?? throw new NotFoundException("This instance is not registered with the store any more; it must register again.");

    /// <summary>
    /// For a claim. A registration that ran out is no good for it: others may have taken the instance's steps, which it must take back first (by registering again and
    /// renewing) or be handed its own steps and execute them twice.
    /// </summary>
    public static long LiveNumber(Session session, Guid incarnation) =>
        session.Db.NumberOrNull("SELECT no FROM instance WHERE incarnation = ?1 AND expires > ?2", incarnation.ToByteArray(), session.Now)
        ?? throw new NotFoundException("This instance's registration with the store has run out; it must register again.");

    public static void Extend(Session session, long no, TimeSpan lease) => session.Db.Execute(
        "UPDATE instance SET seen = ?2, expires = ?3 WHERE no = ?1 AND expires < ?3 - ?4",
        no, session.Now, session.Now + (long)lease.TotalMilliseconds, (long)(lease.TotalMilliseconds / 10));

    public static void Register(Session session, InstanceRecord instance, TimeSpan lease)
    {
        using (var row = session.Db.Query(
            "SELECT host, pid FROM instance WHERE id = ?1 AND incarnation <> ?2 AND expires > ?3", instance.Id, instance.Incarnation.ToByteArray(), session.Now))
        {
            if (row.Read())
                throw Refusals.InstanceIdInUse(instance.Id, row.GetInt64(1), row.GetString(0));
        }

        session.Db.Execute(
            """
            INSERT INTO instance(incarnation, id, host, pid, process_start, version, slots, seen, expires) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT(incarnation) DO UPDATE SET seen = ?8, expires = ?9
            """,
            instance.Incarnation.ToByteArray(), instance.Id, instance.Host, instance.Pid, instance.ProcessStart, instance.Version, instance.Slots, session.Now,
            session.Now + (long)lease.TotalMilliseconds);
    }

    public static RenewReply Renew(Session session, Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease)
    {
        var owner = Number(session, incarnation);
        session.Db.Execute("UPDATE instance SET seen = ?2, expires = ?3 WHERE no = ?1", owner, session.Now, session.Now + (long)lease.TotalMilliseconds);
        session.IsUnfinished |= Unfinished.Any(session);
        var lost = new List<StepLease>();
        var cancelled = new List<StepLease>();
        foreach (var held in leases)
        {
            if (session.FindRun(held.RunId) is not { } run || StepRow.TryLoad(session, run.No, held.StepIndex) is not { } step)
                lost.Add(held);
            else if (run.Cancel)
                cancelled.Add(held);
            else if (!StillHeld(session, run, step, held, owner))
                lost.Add(held);
        }

        return new(lost, cancelled);
    }

    /// <summary>Takes a batch of steps from an instance that ends, and its registration once it has none.</summary>
    /// <returns>How many were taken; fewer than a batch = the registration has ended.</returns>
    public static int End(Session session, Guid incarnation, InstanceEnd end)
    {
        if (TryNumber(session, incarnation) is not { } owner)
            return 0;
        var given = end == InstanceEnd.Died ? Overdue.LoseSteps(session, owner, $"the process of {Name(session, owner)} is gone") : HandBack(session, owner);
        if (given == Overdue.Batch)
            return given;
        session.Db.Execute("DELETE FROM permit WHERE owner = ?1", owner);
        session.Db.Execute("DELETE FROM report WHERE owner = ?1", owner);
        session.Db.Execute("DELETE FROM instance WHERE no = ?1", owner);
        return given;
    }

    /// <returns>True when it was asked to drain.</returns>
    public static bool Report(Session session, Guid incarnation, ReadOnlyMemory<byte> report)
    {
        var owner = Number(session, incarnation);
        session.Db.Execute(
            "INSERT INTO report(owner, at, body) VALUES(?1, ?2, ?3) ON CONFLICT(owner) DO UPDATE SET at = ?2, body = ?3", owner, session.Now, report.ToArray());
        return session.Db.Number("SELECT drain FROM instance WHERE no = ?1", owner) > 0;
    }

    public static InstanceRecord RequestDrain(Session session, string id)
    {
        session.Db.Execute("UPDATE instance SET drain = 1 WHERE id = ?1 AND expires > ?2", id, session.Now);
        return session.Db.List(Records.Instances + " ORDER BY no DESC", [session.Now], Records.ReadInstance).FirstOrDefault(one => one.Id == id && !one.IsSilent)
            ?? throw new NotFoundException($"No live instance has the id '{id}'. See who is there: ripieno status");
    }

    public static long NextTurn(Session session, string sequence)
    {
        session.Db.Execute("INSERT INTO turn(sequence, next) VALUES(?1, 1) ON CONFLICT(sequence) DO UPDATE SET next = next + 1", sequence);
        return session.Db.Number("SELECT next - 1 FROM turn WHERE sequence = ?1", sequence);
    }

    private static long? TryNumber(Session session, Guid incarnation) =>
        session.Db.NumberOrNull("SELECT no FROM instance WHERE incarnation = ?1", incarnation.ToByteArray());

    private static string Name(Session session, long no)
    {
        using var row = session.Db.Query("SELECT id, pid FROM instance WHERE no = ?1", no);
        row.Read();
        return $"{row.GetString(0)} (pid {row.GetInt64(1)})";
    }

    private static bool StillHeld(Session session, RunRow run, StepRow step, StepLease held, long owner)
    {
        if (step.State.Epoch != held.Epoch)
            return false;
        if (step.State.Status == StepStatus.Running)
            return step.Owner == owner;
        if (step.State.RecordedEpoch == held.Epoch)
            return true; // Its report is recorded; the heartbeat only crossed it on the way.
        if (!StepMoves.CanReport(step.State))
            return false;
        step.State = StepMoves.OwnerBack(step.State);
        step.Owner = owner;
        step.SaveMove(session);
        ReadyList.Removed(session, run, step);
        return true;
    }

    private static int HandBack(Session session, long owner)
    {
        var steps = Overdue.Pairs(session, "SELECT run, ix FROM step WHERE owner = ?1 LIMIT ?2 + 0", owner, Overdue.Batch);
        foreach (var (runNo, index) in steps)
            GiveUpStep.Release(session, new(session.Run(runNo).Id, index, StepRow.Load(session, runNo, index).State.Epoch));
        return steps.Count;
    }
}
