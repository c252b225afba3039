namespace Ripieno.Sqlite.Operations;

/// <summary>The runs of one claim, each once, so that all its lanes share one bound.</summary>
internal sealed class ClaimableRuns(RunningSteps running)
{
    private readonly Dictionary<long, ClaimableRun> _runs = [];

    /// <param name="row">A row of the ring as <see cref="ClaimSteps"/> reads it.</param>
    public ClaimableRun Read(Statement row)
    {
        var no = row.GetInt64(2);
        if (!_runs.TryGetValue(no, out var run))
        {
            _runs.Add(no, run = new()
            {
                No = no,
                Id = row.GetString(3),
                Workflow = row.GetString(4),
                Tenant = row.GetString(5),
                TenantWeight = row.GetInt32(6),
                Weight = row.GetInt32(7),
                Snapshot = row.GetBytes(9),
                // While what a stop keeps from beginning is being skipped, nothing of the run begins.
                Room = row.GetBoolean(14) ? 0 : running.Room(no, row.GetInt32(8)),
                IsNew = row.GetBoolean(13),
            });
        }

        return run;
    }
}

internal sealed class ClaimableRun
{
    public required long No { get; init; }

    public required string Id { get; init; }

    public required string Workflow { get; init; }

    public string Tenant { get; init; } = "";

    public int TenantWeight { get; init; } = 1;

    public int Weight { get; init; } = 1;

    public required byte[] Snapshot { get; init; }

    /// <summary>Steps that may still start.</summary>
    public int Room { get; set; }

    /// <summary>No step of it was ever claimed.</summary>
    public bool IsNew { get; set; }

    public void Taken() => Room--;
}

/// <summary>Steps under way by run, counted from the leases themselves, so that it cannot drift; all runs at once, which is no more than the slots of all instances.</summary>
internal sealed class RunningSteps(Session session)
{
    private Dictionary<long, int>? _running;

    /// <summary>How many more steps a run may start. Counts only when the run has a bound.</summary>
    public int Room(long run, int bound)
    {
        if (bound == 0)
            return int.MaxValue;
        _running ??= session.Db.List(
            "SELECT run, count(*) FROM step INDEXED BY step_owner WHERE owner IS NOT NULL GROUP BY run", [], row => (row.GetInt64(0), row.GetInt32(1)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);
        return Math.Max(0, bound - _running.GetValueOrDefault(run));
    }
}
