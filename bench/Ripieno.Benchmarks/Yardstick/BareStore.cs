using Microsoft.Data.Sqlite;

namespace Ripieno.Benchmarks.Yardstick;

/// <summary>
/// The least that a durable queue of steps can do on SQLite: a row for each run, a queue, an event for each step. No results by hash, no dependencies, no
/// fences, no fair share: what Ripieno does beyond it is what its distance from this yardstick pays for. Used by one thread.
/// </summary>
internal sealed class BareStore : IDisposable
{
    /// <summary>190 bytes, in every row.</summary>
    private static readonly string Payload = $$"""{"workflow":"w1","step":"s1","prompt":"{{new string('p', 150)}}"}""";

    private readonly SqliteConnection _connection;
    private readonly BareStatement _begin;
    private readonly BareStatement _commit;
    private readonly BareStatement _insertRun;
    private readonly BareStatement _updateRun;
    private readonly BareStatement _insertEvent;
    private readonly BareStatement _enqueue;
    private readonly BareStatement _dequeue;
    private readonly BareStatement _claim;

    public BareStore(string folder)
    {
        _connection = new($"Data Source={Path.Combine(folder, "bare.db")};Pooling=False");
        _connection.Open();
        // The settings with which it is fastest while every commit is on the disk before it is acknowledged.
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
        Run(
            """
            CREATE TABLE run(id INTEGER PRIMARY KEY, version INTEGER, state TEXT);
            CREATE TABLE event(run INTEGER, no INTEGER, data TEXT, PRIMARY KEY(run, no)) WITHOUT ROWID;
            CREATE TABLE queue(id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER, version INTEGER, data TEXT, leased INTEGER NOT NULL DEFAULT 0);
            CREATE INDEX queue_free ON queue(id) WHERE leased = 0;
            """);
        _begin = Statement("BEGIN IMMEDIATE");
        _commit = Statement("COMMIT");
        _insertRun = Statement("INSERT INTO run VALUES(?1, 0, ?2)");
        _updateRun = Statement("UPDATE run SET version = version + 1, state = ?3 WHERE id = ?1 AND version = ?2");
        _insertEvent = Statement("INSERT INTO event VALUES(?1, ?2, ?3)");
        _enqueue = Statement("INSERT INTO queue(run, version, data) VALUES(?1, ?2, ?3) RETURNING id");
        _dequeue = Statement("DELETE FROM queue WHERE id = ?1");
        _claim = Statement("UPDATE queue SET leased = 1 WHERE id IN (SELECT id FROM queue WHERE leased = 0 ORDER BY id LIMIT ?1) RETURNING id, run, version, data");
    }

    public void Begin() => _begin.Execute();

    public void Commit() => _commit.Execute();

    /// <summary>A run with its first step queued.</summary>
    /// <returns>That step's place in the queue.</returns>
    public long AddRun(long run)
    {
        _insertRun.Execute(run, Payload);
        return Enqueue(run, 0);
    }

    /// <summary>Ends a step and queues the next one.</summary>
    /// <param name="step">As claimed or queued.</param>
    /// <param name="hasNext">False for a run's last step.</param>
    /// <returns>The next step's place in the queue; 0 when there is none.</returns>
    public long Complete(BareStep step, bool hasNext)
    {
        if (_updateRun.Execute(step.Run, step.Version, Payload) != 1)
            throw new InvalidOperationException($"Run {step.Run} is not at version {step.Version}: the benchmark is wrong.");
        _insertEvent.Execute(step.Run, step.Version, Payload);
        _dequeue.Execute(step.Place);
        return hasNext ? Enqueue(step.Run, step.Version + 1) : 0;
    }

    public List<BareStep> Claim(int count)
    {
        var steps = new List<BareStep>(count);
        using var rows = _claim.Query(count);
        while (rows.Read())
        {
            steps.Add(new(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2)));
            _ = rows.GetString(3);
        }

        return steps;
    }

    public void Settle() => Run("PRAGMA wal_checkpoint(TRUNCATE)");

    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _commit, _insertRun, _updateRun, _insertEvent, _enqueue, _dequeue, _claim })
            statement.Dispose();
        _connection.Dispose();
    }

    private long Enqueue(long run, long version) => _enqueue.Number(run, version, Payload);

    private BareStatement Statement(string sql) => new(_connection, sql);

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>A step in the bare store.</summary>
/// <param name="Place">Its row in the queue.</param>
/// <param name="Run">Its run.</param>
/// <param name="Version">How many steps of the run ended before it.</param>
internal readonly record struct BareStep(long Place, long Run, long Version);
