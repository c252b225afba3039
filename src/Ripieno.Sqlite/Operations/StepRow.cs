using Ripieno.Runs;

namespace Ripieno.Sqlite.Operations;

/// <summary>A step inside a transaction.</summary>
internal sealed class StepRow
{
    private const string Columns =
        """
        step.ix, step.key, step.class, step.parent, step.rank, step.trigger, step.status, step.pending, step.broken, step.open_members, step.broken_members,
        step.generation, step.attempts, step.epoch, step.recorded, step.deaths, step.deaths_alone, step.owner, step.reason, step.claimed
        """;

    public required long Run { get; init; }

    public required int Index { get; init; }

    public required string Key { get; init; }

    public required long Class { get; init; }

    public required int? Parent { get; init; }

    /// <summary>Minus its priority: lower goes first.</summary>
    public required int Rank { get; init; }

    public required StepState State { get; set; }

    /// <summary>Written ahead by an expansion: its own state is not decided yet. Reads as blocked.</summary>
    public required bool IsStaged { get; init; }

    public required long? Owner { get; set; }

    public required string? Reason { get; set; }

    /// <summary>Time of the last claim.</summary>
    public required long? Claimed { get; init; }

    public static StepRow Load(Session session, long run, int index) =>
        TryLoad(session, run, index) ?? throw new InvalidOperationException($"Run {run} has no step {index}: the store is damaged.");

    public static StepRow? TryLoad(Session session, long run, int index)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM step WHERE run = ?1 AND ix = ?2", run, index);
        return row.Read() ? Read(run, row) : null;
    }

    /// <summary>Staged ones too.</summary>
    public static StepRow? TryLoad(Session session, long run, string key)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM step WHERE run = ?1 AND key = ?2", run, key);
        return row.Read() ? Read(run, row) : null;
    }

    /// <summary>Dependents of a step with an index in (<paramref name="after"/>, <paramref name="bound"/>), in order.</summary>
    public static List<StepRow> Dependents(Session session, long run, int source, int after, int bound, int count)
    {
        var dependents = new List<StepRow>();
        using var rows = session.Db.Query(
            $"""
            SELECT {Columns} FROM edge CROSS JOIN step ON step.run = edge.run AND step.ix = edge.target
            WHERE edge.run = ?1 AND edge.source = ?2 AND edge.target > ?3 AND edge.target < ?4 ORDER BY edge.target LIMIT ?5 + 0
            """, run, source, after, bound, count);
        while (rows.Read())
            dependents.Add(Read(run, rows));
        return dependents;
    }

    public static List<StepRow> Range(Session session, long run, int first, int bound)
    {
        var steps = new List<StepRow>();
        using var rows = session.Db.Query($"SELECT {Columns} FROM step WHERE run = ?1 AND ix >= ?2 AND ix < ?3", run, first, bound);
        while (rows.Read())
            steps.Add(Read(run, rows));
        return steps;
    }

    /// <summary>Saves what the counters of dependencies and members decide. Leaves owner and due time alone, and with them their indexes.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="before">The status that is stored.</param>
    public void SaveCounters(Session session, StepStatus before)
    {
        if (State.Status == before)
        {
            session.Db.Execute(
                "UPDATE step SET pending = ?3, broken = ?4, open_members = ?5, broken_members = ?6, reason = ?7 WHERE run = ?1 AND ix = ?2",
                Run, Index, State.Pending, State.BrokenDependencies, State.OpenMembers, State.BrokenMembers, Reason);
            return;
        }

        session.Db.Execute(
            """
            UPDATE step SET status = ?3, pending = ?4, broken = ?5, open_members = ?6, broken_members = ?7, reason = ?8, recorded = ?9,
              since = CASE ?3 WHEN 1 THEN ?10 ELSE since END, finished = CASE WHEN ?3 >= 5 THEN ?10 ELSE NULL END
            WHERE run = ?1 AND ix = ?2
            """,
            Run, Index, (int)State.Status, State.Pending, State.BrokenDependencies, State.OpenMembers, State.BrokenMembers, Reason, State.RecordedEpoch,
            session.Now);
    }

    /// <summary>Saves a move into or out of an instance's hands.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="due">When a waiting step may be claimed, in Unix milliseconds.</param>
    public void SaveMove(Session session, long? due = null) => session.Db.Execute(
        """
        UPDATE step SET status = ?3, attempts = ?4, epoch = ?5, recorded = ?6, deaths = ?7, deaths_alone = ?8, kept_for = NULL, owner = ?9, due = ?10, reason = ?11,
          since = CASE ?3 WHEN 1 THEN ?12 ELSE since END, finished = CASE WHEN ?3 >= 5 THEN ?12 ELSE NULL END
        WHERE run = ?1 AND ix = ?2
        """,
        Run, Index, (int)State.Status, State.FailedAttempts, State.Epoch, State.RecordedEpoch, State.Deaths, State.DeathsAlone, Owner, due, Reason, session.Now);

    /// <summary>Saves what an operator's retry changed; its earlier result and times are gone unless its own work stays done.</summary>
    public void SaveGeneration(Session session)
    {
        session.Db.Execute(
            """
            UPDATE step SET status = ?3, generation = ?4, attempts = ?5, deaths = ?6, deaths_alone = ?7, pending = ?8, broken = ?9, open_members = ?10, broken_members = ?11,
              reason = ?12, since = CASE ?3 WHEN 1 THEN ?13 ELSE since END, finished = NULL
            WHERE run = ?1 AND ix = ?2
            """,
            Run, Index, (int)State.Status, State.Generation, State.FailedAttempts, State.Deaths, State.DeathsAlone, State.Pending, State.BrokenDependencies,
            State.OpenMembers, State.BrokenMembers, Reason, session.Now);
        if (State.Status != StepStatus.Expanded)
            session.Db.Execute("UPDATE step SET started = NULL, result = NULL, size = NULL, body = NULL WHERE run = ?1 AND ix = ?2", Run, Index);
    }

    private static StepRow Read(long run, Statement row) => new()
    {
        Run = run,
        Index = row.GetInt32(0),
        Key = row.GetString(1),
        Class = row.GetInt64(2),
        Parent = row.GetIndex(3),
        Rank = row.GetInt32(4),
        IsStaged = row.GetInt32(6) == Schema.Staged,
        State = new()
        {
            Trigger = (Trigger)row.GetInt32(5),
            Status = row.GetInt32(6) == Schema.Staged ? StepStatus.Blocked : (StepStatus)row.GetInt32(6),
            Pending = row.GetInt32(7),
            BrokenDependencies = row.GetInt32(8),
            OpenMembers = row.GetInt32(9),
            BrokenMembers = row.GetInt32(10),
            Generation = row.GetInt32(11),
            FailedAttempts = row.GetInt32(12),
            Epoch = row.GetInt64(13),
            RecordedEpoch = row.GetInt64(14),
            Deaths = row.GetInt32(15),
            DeathsAlone = row.GetInt32(16),
        },
        Owner = row.GetNumber(17),
        Reason = row.GetText(18),
        Claimed = row.GetNumber(19),
    };
}
