using Microsoft.Data.Sqlite;
using Ripieno.Runs;
using Ripieno.Sqlite.Operations;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

internal sealed partial class SqliteStore
{
    private const string RunColumns =
        "id, title, workflow, tenant, priority, status, cancel, steps, open, failed, tokens_in, tokens_out, created, started, finished, snapshot, input";

    private const string StepColumns =
        """
        step.ix, step.key, step.definition, class.queue, class.executor, step.parent, step.status, step.generation, step.attempts, step.epoch, step.deaths,
        step.result, step.accepted, step.reason, step.tokens_in, step.tokens_out, step.started, step.finished, coalesce(step.due, instance.expires), instance.id
        """;

    private const string StepTables = "step JOIN class ON class.no = step.class LEFT JOIN instance ON instance.no = step.owner";

    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) =>
        _readers.ReadAsync(db => FindRun(db, runId), cancellation);

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<RunRecord>>(
            db => List(
                db.Query(
                    $"""
                    SELECT {RunColumns} FROM run
                    WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR no < (SELECT no FROM run WHERE id = ?2)) ORDER BY no DESC LIMIT ?3
                    """, (int?)status, before, count),
                ReadRun),
            cancellation);

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => _readers.ReadAsync(
        db =>
        {
            if (FindRun(db, runId) is not { } run)
                return null;
            var counts = List(
                db.Query("SELECT definition, status, count(*) FROM step WHERE run = (SELECT no FROM run WHERE id = ?1) GROUP BY definition, status", runId),
                row => new StepCount(row.GetString(0), (StepStatus)row.GetInt32(1), row.GetInt32(2)));
            var active = List(
                db.Query(
                    $"""
                    SELECT {StepColumns} FROM {StepTables} WHERE step.run = (SELECT no FROM run WHERE id = ?1)
                      AND step.status IN ({(int)StepStatus.Running}, {(int)StepStatus.Waiting}) ORDER BY step.ix LIMIT 100
                    """, runId),
                ReadStep);
            return new RunOverview(run, counts, active, db.Number("SELECT events FROM run WHERE id = ?1", runId));
        },
        cancellation);

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<StepRecord>>(
            db => List(
                db.Query(
                    $"SELECT {StepColumns} FROM {StepTables} WHERE step.run = (SELECT no FROM run WHERE id = ?1) AND step.ix > ?2 ORDER BY step.ix LIMIT ?3",
                    runId, after, count),
                ReadStep),
            cancellation);

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) => _readers.ReadAsync(
        db => List(
            db.Query($"SELECT {StepColumns} FROM {StepTables} WHERE step.run = (SELECT no FROM run WHERE id = ?1) AND step.key = ?2", runId, key), ReadStep)
            .FirstOrDefault(),
        cancellation);

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<DependencyRecord>>(
            db => [.. List(
                db.Query(
                    """
                    SELECT dependency.run, dependency.ix, dependency.key, dependency.status, dependency.accepted, dependency.result
                    FROM edge JOIN step AS dependency ON dependency.run = edge.run AND dependency.ix = edge.source
                    WHERE edge.run = (SELECT no FROM run WHERE id = ?1) AND edge.target = ?2 ORDER BY dependency.ix
                    """, runId, stepIndex),
                row => (Run: row.GetInt64(0), Accepted: Index(row, 4), new DependencyRecord(
                    row.GetInt32(1), row.GetString(2), (StepStatus)row.GetInt32(3), row.GetInt32(1), Hash(row, 5))))
                .Select(found => found.Accepted is { } accepted ? WithAccepted(db, found.Run, found.Item3, accepted) : found.Item3)],
            cancellation);

    /// <summary>What a group accepted may be a group with an accepted member of its own; a group that accepted itself ends the search.</summary>
    private static DependencyRecord WithAccepted(Connection db, long run, DependencyRecord dependency, int? accepted)
    {
        while (accepted is { } member)
        {
            using var row = db.Query("SELECT accepted, result FROM step WHERE run = ?1 AND ix = ?2", run, member);
            row.Read();
            dependency = dependency with { ResultStep = member, Result = Hash(row, 1) };
            accepted = member == dependency.Index || Index(row, 0) == member ? null : Index(row, 0);
        }

        return dependency;
    }

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) => _readers.ReadAsync<ReadOnlyMemory<byte>?>(
        db =>
        {
            using var row = db.Query(
                "SELECT size, packed, body FROM content WHERE run = (SELECT no FROM run WHERE id = ?1) AND hash = ?2", runId, hash.ToBytes());
            // Without the cast null would become an empty content, by way of byte[].
            return row.Read() ? PackedContent.Unpack(row.GetFieldValue<byte[]>(2), row.GetInt32(0), row.GetBoolean(1)) : (ReadOnlyMemory<byte>?)null;
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => _readers.ReadAsync<ReadOnlyMemory<byte>?>(
        db =>
        {
            using var row = db.Query("SELECT size, body FROM snapshot WHERE hash = ?1", hash.ToBytes());
            return row.Read() ? PackedContent.Unpack(row.GetFieldValue<byte[]>(1), Math.Abs(row.GetInt32(0)), row.GetInt32(0) > 0) : (ReadOnlyMemory<byte>?)null;
        },
        cancellation);

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<ArtifactRecord>>(
            db => List(
                db.Query(
                    """
                    SELECT artifact.ix, step.key, artifact.name, artifact.hash, artifact.size
                    FROM artifact JOIN step ON step.run = artifact.run AND step.ix = artifact.ix
                    WHERE artifact.run = (SELECT no FROM run WHERE id = ?1) AND (?2 IS NULL OR artifact.ix = ?2) ORDER BY artifact.ix, artifact.name
                    """, runId, stepIndex),
                row => new ArtifactRecord(row.GetInt32(0), row.GetString(1), row.GetString(2), Hash(row, 3)!.Value, row.GetInt64(4))),
            cancellation);

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<RunEvent>>(
            db => List(
                db.Query(
                    """
                    SELECT event.no, event.at, event.kind, step.key, event.detail
                    FROM event LEFT JOIN step ON step.run = event.run AND step.ix = event.ix
                    WHERE event.run = (SELECT no FROM run WHERE id = ?1) AND event.no > ?2 ORDER BY event.no LIMIT ?3
                    """, runId, after, count),
                row => new RunEvent(row.GetInt64(0), Time(row, 1)!.Value, (RunEventKind)row.GetInt32(2), Text(row, 3), Text(row, 4))),
            cancellation);

    public Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation) => _readers.ReadAsync<IReadOnlyList<InstanceRecord>>(
        db => List(
            db.Query("SELECT incarnation, id, host, pid, process_start, version, slots, seen FROM instance ORDER BY no"),
            row => new InstanceRecord(
                new Guid(row.GetFieldValue<byte[]>(0)), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetString(5), row.GetInt32(6),
                Time(row, 7)!.Value)),
        cancellation);

    private static RunRecord? FindRun(Connection db, string runId) =>
        List(db.Query($"SELECT {RunColumns} FROM run WHERE id = ?1", runId), ReadRun).FirstOrDefault();

    private static RunRecord ReadRun(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Title = row.GetString(1),
        Workflow = row.GetString(2),
        Tenant = row.GetString(3),
        Priority = row.GetInt32(4),
        Status = (RunStatus)row.GetInt32(5),
        CancelRequested = row.GetBoolean(6),
        Steps = row.GetInt32(7),
        OpenSteps = row.GetInt32(8),
        FailedSteps = row.GetInt32(9),
        Usage = new(row.GetInt64(10), row.GetInt64(11)),
        CreatedAt = Time(row, 12)!.Value,
        StartedAt = Time(row, 13),
        FinishedAt = Time(row, 14),
        SnapshotHash = Hash(row, 15)!.Value,
        InputHash = Hash(row, 16),
    };

    private static StepRecord ReadStep(SqliteDataReader row) => new()
    {
        Index = row.GetInt32(0),
        Key = row.GetString(1),
        Definition = row.GetString(2),
        Class = new(row.GetString(3), row.GetString(4)),
        Parent = row.IsDBNull(5) ? null : row.GetInt32(5),
        Status = (StepStatus)row.GetInt32(6),
        Generation = row.GetInt32(7),
        FailedAttempts = row.GetInt32(8),
        Epoch = row.GetInt64(9),
        Deaths = row.GetInt32(10),
        Result = Hash(row, 11),
        Accepted = row.IsDBNull(12) ? null : row.GetInt32(12),
        Reason = Text(row, 13),
        Usage = new(row.GetInt64(14), row.GetInt64(15)),
        StartedAt = Time(row, 16),
        FinishedAt = Time(row, 17),
        DueAt = Time(row, 18),
        Instance = Text(row, 19),
    };

    private static List<T> List<T>(SqliteDataReader rows, Func<SqliteDataReader, T> read)
    {
        using (rows)
        {
            var list = new List<T>();
            while (rows.Read())
                list.Add(read(rows));
            return list;
        }
    }

    private static int? Index(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static ContentHash? Hash(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : ContentHash.FromBytes(row.GetFieldValue<byte[]>(column));
}
