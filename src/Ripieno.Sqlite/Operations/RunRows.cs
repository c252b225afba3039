namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Runs that the writer has loaded, kept from one transaction to the next. They hold as long as nobody else writes: each transaction looks first whether the file has
/// changed by another's hand, and after a rollback all are forgotten.
/// </summary>
internal sealed class RunRows
{
    /// <summary>Runs at work at the same time; beyond that they are loaded anew.</summary>
    private const int Most = 4096;

    private readonly Dictionary<string, RunRow> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, RunRow> _byNumber = [];
    private readonly HashSet<RunRow> _changed = [];
    private long _version;

    /// <summary>To be called at the start of each transaction.</summary>
    public void Begin(Connection db)
    {
        var version = db.Number("PRAGMA data_version");
        if (version != _version || _byNumber.Count > Most)
            Clear();
        _version = version;
    }

    public void Clear()
    {
        _byId.Clear();
        _byNumber.Clear();
        _changed.Clear();
    }

    public RunRow? Find(Session session, string id)
    {
        if (_byId.TryGetValue(id, out var run))
            return run;
        run = RunRow.Read(session, id);
        if (run is not null)
            Add(run);
        return run;
    }

    public RunRow Get(Session session, long number)
    {
        if (!_byNumber.TryGetValue(number, out var run))
            Add(run = RunRow.Read(session, number));
        return run;
    }

    public RunRow? Known(long number) => _byNumber.GetValueOrDefault(number);

    public void Forget(RunRow run)
    {
        _byId.Remove(run.Id);
        _byNumber.Remove(run.No);
        _changed.Remove(run);
    }

    public void Write(Session session)
    {
        foreach (var run in _changed)
            run.Write(session);
        _changed.Clear();
    }

    private void Add(RunRow run)
    {
        run.Changed = one => _changed.Add(one);
        // A run that is being deleted has no id any more.
        if (run.Id.Length > 0)
            _byId[run.Id] = run;
        _byNumber[run.No] = run;
    }
}
