using Ripieno.Runs;
using Ripieno.Sqlite.Operations;

namespace Ripieno.Sqlite;

/// <summary>
/// What the operations of one transaction work with. What several of them are likely to change (runs, the counters of groups, the hourly figures) is changed in memory and
/// written once, at its end.
/// </summary>
/// <param name="db">The writer's connection, inside the transaction.</param>
/// <param name="runs">Runs that earlier transactions have loaded.</param>
/// <param name="now">One reading of the clock, in Unix milliseconds.</param>
/// <param name="batch">As <see cref="Batch"/>.</param>
internal sealed class Session(Connection db, RunRows runs, long now, int batch)
{
    private readonly Dictionary<(long Run, int Index), StepRow> _groups = [];

    public Connection Db => db;

    public long Now => now;

    /// <summary>Rows that one transaction touches on behalf of one change; the rest is left to <see cref="Unfinished"/>.</summary>
    public int Batch => batch;

    public Figures Figures { get; } = new(now);

    /// <summary>Steps that this transaction has opened, less those that it has ended.</summary>
    public long OpenChange { get; set; }

    /// <summary>Open steps in the whole file, as this transaction leaves them.</summary>
    public long OpenSteps => db.Number("SELECT open FROM total") + OpenChange;

    private (bool IsKnown, string? Target) _closing;

    /// <summary>Where the runs of this store go on; null = it is open.</summary>
    public string? ClosedFor
    {
        get
        {
            if (!_closing.IsKnown)
                ClosedFor = Closing.Target(db);
            return _closing.Target;
        }
        set => _closing = (true, value);
    }

    /// <summary>Something wide was begun, or seen, that must be gone on with.</summary>
    public bool IsUnfinished { get; set; }

    public RunRow? FindRun(string id) => runs.Find(this, id);

    public RunRow Run(long number) => runs.Get(this, number);

    /// <summary>A run if it is in memory; nothing is read.</summary>
    public RunRow? KnownRun(long number) => runs.Known(number);

    public void Forget(RunRow run) => runs.Forget(run);

    /// <summary>An open group, whose counters may be changed and are written at the end. Its own state is not to be changed here.</summary>
    public StepRow Group(long run, int index)
    {
        if (!_groups.TryGetValue((run, index), out var group))
        {
            group = StepRow.Load(this, run, index);
            if (group.State.Status == StepStatus.Expanded)
                _groups.Add((run, index), group);
        }

        return group;
    }

    /// <summary>A group that is no longer open is written by whoever closed it.</summary>
    public void Close(StepRow group) => _groups.Remove((group.Run, group.Index));

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
        foreach (var group in _groups.Values)
            group.SaveCounters(this, StepStatus.Expanded);
        runs.Write(this);
        Figures.Write(db);
        if (OpenChange != 0)
            db.Execute("UPDATE total SET open = open + ?1", OpenChange);
    }
}
