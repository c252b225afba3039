using Ripieno.Runs;
using Ripieno.Sqlite.Operations;

namespace Ripieno.Sqlite;

/// <summary>
/// What the operations of one transaction work with. Runs are loaded once and written once at its end, however many operations touch them; so are the hourly figures.
/// </summary>
internal sealed class Session(Connection db, long now, int batch)
{
    private readonly Dictionary<string, RunRow> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<long, RunRow> _runsByNumber = [];

    public Connection Db => db;

    /// <summary>One reading of the clock, in Unix milliseconds.</summary>
    public long Now => now;

    /// <summary>Rows that one transaction touches on behalf of one change; the rest is left to <see cref="Unfinished"/>.</summary>
    public int Batch => batch;

    public Figures Figures { get; } = new(now);

    /// <summary>Something wide was begun, or seen, that must be gone on with.</summary>
    public bool IsUnfinished { get; set; }

    public RunRow? FindRun(string id)
    {
        if (_runs.TryGetValue(id, out var run))
            return run;
        run = RunRow.Read(this, id);
        if (run is not null)
            Add(run);
        return run;
    }

    public RunRow Run(long number)
    {
        if (!_runsByNumber.TryGetValue(number, out var run))
            Add(run = RunRow.Read(this, number));
        return run;
    }

    public void Forget(RunRow run)
    {
        _runs.Remove(run.Id);
        _runsByNumber.Remove(run.No);
    }

    /// <summary>Number of a class, made when new.</summary>
    public long Class(StepClass stepClass)
    {
        if (db.ClassNumbers.TryGetValue(stepClass, out var number))
            return number;
        db.Execute("INSERT INTO class(queue, executor) VALUES(?1, ?2) ON CONFLICT DO NOTHING", stepClass.Queue, stepClass.Executor);
        number = db.Number("SELECT no FROM class WHERE queue = ?1 AND executor = ?2", stepClass.Queue, stepClass.Executor);
        db.ClassNumbers[stepClass] = number;
        return number;
    }

    /// <summary>The agent or executor of a class.</summary>
    public string Executor(long stepClass)
    {
        if (db.Executors.TryGetValue(stepClass, out var executor))
            return executor;
        using var row = db.Query("SELECT executor FROM class WHERE no = ?1", stepClass);
        row.Read();
        return db.Executors[stepClass] = row.GetString(0);
    }

    /// <summary>Writes what was kept back. The last act before the commit.</summary>
    public void Flush()
    {
        foreach (var run in _runsByNumber.Values)
            run.Write(this);
        Figures.Write(db);
    }

    private void Add(RunRow run)
    {
        // A run that is being deleted has no id any more.
        if (run.Id.Length > 0)
            _runs[run.Id] = run;
        _runsByNumber[run.No] = run;
    }
}
