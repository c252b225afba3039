namespace Ripieno.Sqlite.Operations;

/// <summary>The ready steps of one run in one class, during one claim.</summary>
internal sealed class Lane
{
    /// <summary>Steps read at first. In a ring of many runs each gives one or two; a run that gives more is asked for twice as many each time.</summary>
    private const int FirstFetch = 4;

    private readonly (long Clock, long Turn) _class;
    private readonly long _rank;
    private readonly Queue<int> _steps = [];
    private int _fetch = FirstFetch;
    private bool _more = true;

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

    /// <summary>The next ready step, if any. What was handed out before has left the index already.</summary>
    public bool TryTake(Session session, out int index)
    {
        if (_steps.Count == 0 && _more)
            Fetch(session);
        return _steps.TryDequeue(out index);
    }

    public void Save(Session session)
    {
        if (_steps.Count == 0 && _more)
            Fetch(session);
        var waiting = _steps.Count > 0;
        session.Db.Execute("UPDATE ring SET time = ?3, waiting = ?4 WHERE class = ?1 AND run = ?2", Demand.ClassNumber, Run.No, Time, waiting);
        if (!waiting)
            ReadyList.Left(session, Run, Demand.ClassNumber, _rank);
        Demand.Served(Time - Stride);
    }

    private void Fetch(Session session)
    {
        using var rows = session.Db.Query(
            "SELECT ix FROM step INDEXED BY step_ready WHERE class = ?1 AND run = ?2 AND status = 1 AND deaths < 2 ORDER BY rank, ix", Demand.ClassNumber, Run.No);
        _more = false;
        while (!_more && rows.Read())
        {
            _steps.Enqueue(rows.GetInt32(0));
            _more = _steps.Count == _fetch;
        }

        _fetch *= 2;
    }
}
