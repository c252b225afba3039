namespace Ripieno.Sqlite.Operations;

/// <summary>The ready steps of one run in one class, during one claim.</summary>
internal sealed class Lane
{
    private readonly (long Clock, long Turn) _class;
    private readonly long _rank;
    private Queue<int>? _steps;
    private bool _more;

    /// <param name="demand">Of the class.</param>
    /// <param name="run">Whose steps they are.</param>
    /// <param name="row">A row of the ring as <see cref="ClaimSteps"/> reads it.</param>
    public Lane(Demand demand, ClaimableRun run, Statement row)
    {
        Demand = demand;
        Run = run;
        _rank = row.GetInt64(0);
        Time = row.GetInt64(1);
        _class = (row.GetInt64(11), row.GetInt64(12));
        // The tenant moves back by 1 / its weight for each step that any of its runs is given; each run has its part of that by its weight among the tenant's
        // runs that wait. So a tenant with a hundred runs gets no more than one with a single run. Never nothing, or a huge weight would keep a run in front for good.
        var share = Math.Max(run.Weight, row.GetInt64(10));
        Stride = Math.Max(1, (long)(ReadyList.Stride * ((double)share / run.Weight) / run.TenantWeight));
    }

    public Demand Demand { get; }

    public ClaimableRun Run { get; }

    /// <summary>Virtual time: where the run stands in the ring.</summary>
    public long Time { get; set; }

    /// <summary>How far a step moves the run back.</summary>
    public long Stride { get; }

    /// <summary>Each class has its own clock, so lanes of different classes compare by how far they are ahead of theirs; then the class served longest ago is next.</summary>
    public (long Rank, long Ahead, long Turn, long Run) Place => (_rank, Time - _class.Clock, _class.Turn, Run.No);

    public Queue<int> Steps(Session session, int count)
    {
        if (_steps is not null)
            return _steps;
        _steps = new();
        using var rows = session.Db.Query(
            "SELECT ix FROM step INDEXED BY step_ready WHERE class = ?1 AND run = ?2 AND status = 1 AND deaths < 2 ORDER BY rank, ix LIMIT ?3 + 0",
            Demand.ClassNumber, Run.No, Math.Min(count, Demand.Left) + 1);
        var most = Math.Min(count, Demand.Left);
        while (rows.Read())
        {
            if (_steps.Count < most)
                _steps.Enqueue(rows.GetInt32(0));
            else
                _more = true;
        }

        return _steps;
    }

    public void Save(Session session)
    {
        var waiting = _more || _steps is { Count: > 0 };
        session.Db.Execute("UPDATE ring SET time = ?3, waiting = ?4 WHERE class = ?1 AND run = ?2", Demand.ClassNumber, Run.No, Time, waiting);
        if (!waiting)
            ReadyList.Left(session, Run, Demand.ClassNumber, _rank);
        Demand.Served(Time - Stride);
    }
}
