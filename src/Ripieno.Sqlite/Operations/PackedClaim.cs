using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>A claimed step whose input is still packed; unpacked off the writer thread.</summary>
internal sealed record PackedClaim(ClaimedStep Step, PackedContent? Input)
{
    /// <summary>Moves a ready step into an instance's hands.</summary>
    public static PackedClaim Take(Session session, ClaimableRun run, StepClass stepClass, int index, long owner)
    {
        var claim = Read(session, run, stepClass, index, out var since);
        session.Db.Execute(
            "UPDATE step SET status = ?3, epoch = ?4, owner = ?5, due = NULL, kept_for = NULL, claimed = ?6, started = coalesce(started, ?6) WHERE run = ?1 AND ix = ?2",
            run.No, index, (int)StepStatus.Running, claim.Step.Lease.Epoch, owner, session.Now);
        if (run.IsNew)
            session.Run(run.No).StepClaimed(session.Now);
        run.IsNew = false;
        session.Figures.Claimed(run.Workflow, stepClass.Executor, session.Now - since);
        return claim;
    }

    /// <exception cref="Errors.StoreDamagedException">The input is damaged.</exception>
    public ClaimedStep Unpack() => Input is null ? Step : Step with { Input = PackedContent.Unpack(Input.Hash, Input.Body, Input.Size, Input.IsPacked) };

    private static PackedClaim Read(Session session, ClaimableRun run, StepClass stepClass, int index, out long since)
    {
        using var row = session.Db.Query(
            """
            SELECT step.key, step.definition, step.epoch, step.generation, step.attempts, step.deaths, coalesce(step.since, ?3), content.size, content.packed, content.body, step.input
            FROM step LEFT JOIN content ON content.run = step.run AND content.hash = step.input WHERE step.run = ?1 AND step.ix = ?2
            """, run.No, index, session.Now);
        row.Read();
        since = row.GetInt64(6);
        return new(
            new()
            {
                Lease = new(run.Id, index, row.GetInt64(2) + 1),
                Key = row.GetString(0),
                Definition = row.GetString(1),
                Class = stepClass,
                Generation = row.GetInt32(3),
                FailedAttempts = row.GetInt32(4),
                Alone = row.GetInt32(5) >= StepMoves.DeathsToSuspicion,
                Waited = TimeSpan.FromMilliseconds(Math.Max(0, session.Now - since)),
                Input = default,
                SnapshotHash = ContentHash.FromBytes(run.Snapshot),
            },
            row.IsNull(9) ? null : new(row.GetBytes(10), row.GetInt32(7), row.GetBoolean(8), row.GetBytes(9)));
    }
}
