using Microsoft.Data.Sqlite;
using Ripieno.Runs;

namespace Ripieno.Sqlite.Operations;

/// <summary>A step inside a write operation.</summary>
internal sealed class StepRow
{
    private const string Columns =
        "ix, key, class, parent, priority, trigger, status, pending, broken, open_members, broken_members, generation, attempts, epoch, recorded, deaths, owner, reason";

    public required long Run { get; init; }

    public required int Index { get; init; }

    public required string Key { get; init; }

    public required long Class { get; init; }

    public required int? Parent { get; init; }

    public required int Priority { get; init; }

    public required StepState State { get; set; }

    public required long? Owner { get; set; }

    public required string? Reason { get; set; }

    public static StepRow Load(Session session, long run, int index) =>
        TryLoad(session, run, index) ?? throw new InvalidOperationException($"Run {run} has no step {index}: the store is damaged.");

    public static StepRow? TryLoad(Session session, long run, int index)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM step WHERE run = ?1 AND ix = ?2", run, index);
        return row.Read() ? Read(run, row) : null;
    }

    public static StepRow? TryLoad(Session session, long run, string key)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM step WHERE run = ?1 AND key = ?2", run, key);
        return row.Read() ? Read(run, row) : null;
    }

    /// <summary>Saves what the counters of dependencies and members decide. Leaves owner and due time alone, and with them their indexes.</summary>
    public void SaveCounters(Session session) => session.Db.Execute(
        """
        UPDATE step SET status = ?3, pending = ?4, broken = ?5, open_members = ?6, broken_members = ?7, generation = ?8, attempts = ?9, reason = ?10,
          finished = CASE WHEN ?3 >= 5 THEN ?11 ELSE NULL END
        WHERE run = ?1 AND ix = ?2
        """,
        Run, Index, (int)State.Status, State.Pending, State.BrokenDependencies, State.OpenMembers, State.BrokenMembers, State.Generation, State.FailedAttempts,
        Reason, session.Now);

    /// <summary>Saves a move into or out of an instance's hands.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="due">When a waiting step may be claimed, in Unix milliseconds.</param>
    public void SaveMove(Session session, long? due = null) => session.Db.Execute(
        """
        UPDATE step SET status = ?3, generation = ?4, attempts = ?5, epoch = ?6, recorded = ?7, deaths = ?8, owner = ?9, due = ?10, reason = ?11,
          open_members = ?12, broken_members = ?13, finished = CASE WHEN ?3 >= 5 THEN ?14 ELSE NULL END
        WHERE run = ?1 AND ix = ?2
        """,
        Run, Index, (int)State.Status, State.Generation, State.FailedAttempts, State.Epoch, State.RecordedEpoch, State.Deaths, Owner, due, Reason,
        State.OpenMembers, State.BrokenMembers, session.Now);

    private static StepRow Read(long run, SqliteDataReader row) => new()
    {
        Run = run,
        Index = row.GetInt32(0),
        Key = row.GetString(1),
        Class = row.GetInt64(2),
        Parent = row.IsDBNull(3) ? null : row.GetInt32(3),
        Priority = row.GetInt32(4),
        State = new()
        {
            Trigger = (Trigger)row.GetInt32(5),
            Status = (StepStatus)row.GetInt32(6),
            Pending = row.GetInt32(7),
            BrokenDependencies = row.GetInt32(8),
            OpenMembers = row.GetInt32(9),
            BrokenMembers = row.GetInt32(10),
            Generation = row.GetInt32(11),
            FailedAttempts = row.GetInt32(12),
            Epoch = row.GetInt64(13),
            RecordedEpoch = row.GetInt64(14),
            Deaths = row.GetInt32(15),
        },
        Owner = row.IsDBNull(16) ? null : row.GetInt64(16),
        Reason = row.IsDBNull(17) ? null : row.GetString(17),
    };
}
