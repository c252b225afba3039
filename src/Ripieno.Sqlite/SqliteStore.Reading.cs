using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

internal sealed partial class SqliteStore
{
    private const string RunNumber = "(SELECT no FROM run WHERE id = ?1)";

    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) =>
        _readers.ReadAsync(db => FindRun(db, runId), cancellation);

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) => ListAsync(
        $"""
        SELECT {Records.RunColumns} FROM run
        WHERE id IS NOT NULL AND (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR no < (SELECT no FROM run WHERE id = ?2)) ORDER BY no DESC LIMIT ?3 + 0
        """, [(int?)status, before, count], Records.ReadRun, cancellation);

    public Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation) => ListAsync(
        $"""
        SELECT {Records.RunColumns} FROM run INDEXED BY run_finished
        WHERE id IS NOT NULL AND status = ?1 AND finished IS NOT NULL AND finished < ?2 ORDER BY finished LIMIT ?3 + 0
        """, [(int)status, before.ToUnixTimeMilliseconds(), count], Records.ReadRun, cancellation);

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation) => ListAsync(
        $"""
        SELECT {Records.StepColumns}, run.id, run.title
        FROM step INDEXED BY step_suspect CROSS JOIN run ON run.no = step.run JOIN class ON class.no = step.class LEFT JOIN instance ON instance.no = step.owner
        WHERE step.status = 7 AND step.deaths >= 2 AND run.id IS NOT NULL AND (?1 IS NULL OR run.id = ?1) ORDER BY step.finished DESC, step.run DESC, step.ix DESC LIMIT ?2 + 0
        """, [runId, count],
        row => new DeadLetter(row.GetString(Records.StepColumnCount), row.GetString(Records.StepColumnCount + 1), Records.ReadStep(row)), cancellation);

    public Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) => ListAsync(
        "SELECT * FROM hourly WHERE hour >= ?1 AND hour < ?2 ORDER BY hour, workflow, agent, model",
        [from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()], Records.ReadFigures, cancellation);

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => _readers.ReadAsync(
        db =>
        {
            if (FindRun(db, runId) is not { } run)
                return null;
            var counts = db.List(
                $"SELECT definition, status, count(*) FROM step WHERE run = {RunNumber} AND status >= 0 GROUP BY definition, status", [runId],
                row => new StepCount(row.GetString(0), (StepStatus)row.GetInt32(1), row.GetInt32(2)));
            var active = db.List(
                $"SELECT {Records.StepColumns} FROM {Records.StepTables} WHERE step.run = {RunNumber} AND step.status IN (?2, ?3) ORDER BY step.ix LIMIT 100",
                [runId, (int)StepStatus.Running, (int)StepStatus.Waiting], Records.ReadStep);
            return new RunOverview(run, counts, active, db.Number("SELECT events FROM run WHERE id = ?1", runId));
        },
        cancellation);

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation) => _readers.ReadAsync<IReadOnlyList<StepRecord>>(
        db =>
        {
            var steps = db.List(
                $"SELECT {Records.StepColumns} FROM {Records.StepTables} WHERE step.run = {RunNumber} AND step.ix > ?2 AND step.status >= 0 ORDER BY step.ix LIMIT ?3 + 0",
                [runId, after, count], Records.ReadStep);
            if (steps.Count < count)
                RefuseMissingSteps(db, runId);
            return steps;
        },
        cancellation);

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) => _readers.ReadAsync(
        db => db.List(
            $"SELECT {Records.StepColumns} FROM {Records.StepTables} WHERE step.run = {RunNumber} AND step.key = ?2 AND step.status >= 0", [runId, key], Records.ReadStep)
            .FirstOrDefault(),
        cancellation);

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<DependencyRecord>>(
            db => [.. db.List(
                $"""
                SELECT dependency.run, dependency.ix, dependency.key, dependency.status, dependency.accepted, dependency.result
                FROM edge JOIN step AS dependency ON dependency.run = edge.run AND dependency.ix = edge.source
                WHERE edge.run = {RunNumber} AND edge.target = ?2 ORDER BY dependency.ix
                """, [runId, stepIndex],
                row => (Run: row.GetInt64(0), Accepted: row.GetIndex(4), new DependencyRecord(
                    row.GetInt32(1), row.GetString(2), (StepStatus)row.GetInt32(3), row.GetInt32(1), Records.Hash(row, 5))))
                .Select(found => found.Accepted is { } accepted ? WithAccepted(db, found.Run, found.Item3, accepted) : found.Item3)],
            cancellation);

    public Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation) => _readers.ReadAsync<ReadOnlyMemory<byte>?>(
        db =>
        {
            using var row = db.Query(
                $"""
                SELECT step.result, step.size, step.body, content.size, content.packed, content.body
                FROM step LEFT JOIN content ON content.run = step.run AND content.hash = step.result WHERE step.run = {RunNumber} AND step.ix = ?2
                """, runId, stepIndex);
            if (!row.Read())
                return null;
            if (row.IsNull(0))
                return null;
            if (!row.IsNull(2))
                return PackedContent.Unpack(row.GetBytes(0), row.GetBytes(2), row.GetInt32(1));
            return row.IsNull(5) ? throw PackedContent.Damaged() : PackedContent.Unpack(row.GetBytes(0), row.GetBytes(5), row.GetInt32(3), row.GetBoolean(4));
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) => _readers.ReadAsync<ReadOnlyMemory<byte>?>(
        db =>
        {
            using var row = db.Query($"SELECT size, packed, body FROM content WHERE run = {RunNumber} AND hash = ?2", runId, hash.ToBytes());
            // Without the cast null would become an empty content, by way of byte[].
            return row.Read() ? PackedContent.Unpack(hash.ToBytes(), row.GetBytes(2), row.GetInt32(0), row.GetBoolean(1)) : (ReadOnlyMemory<byte>?)null;
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => _readers.ReadAsync<ReadOnlyMemory<byte>?>(
        db =>
        {
            using var row = db.Query("SELECT size, body FROM snapshot WHERE hash = ?1", hash.ToBytes());
            return row.Read() ? PackedContent.Unpack(hash.ToBytes(), row.GetBytes(1), row.GetInt32(0)) : (ReadOnlyMemory<byte>?)null;
        },
        cancellation);

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) => _readers.ReadAsync<IReadOnlyList<ArtifactRecord>>(
        db =>
        {
            if (stepIndex is null)
                RefuseMissingSteps(db, runId);
            var artifacts = ListArtifacts(db, runId, stepIndex);
            var counted = db.NumberOrNull($"SELECT sum(files) FROM step WHERE run = {RunNumber} AND (?2 IS NULL OR ix = ?2)", runId, stepIndex);
            return artifacts.Count < counted ? throw new StoreDamagedException($"The store has {artifacts.Count} of the {counted} artifacts of run '{runId}'") : artifacts;
        },
        cancellation);

    private static List<ArtifactRecord> ListArtifacts(Connection db, string runId, int? stepIndex) => db.List(
        $"""
        SELECT artifact.ix, step.key, artifact.name, artifact.hash, artifact.size
        FROM artifact JOIN step ON step.run = artifact.run AND step.ix = artifact.ix
        WHERE artifact.run = {RunNumber} AND (?2 IS NULL OR artifact.ix = ?2) ORDER BY artifact.ix, artifact.name
        """, [runId, stepIndex],
        row => new ArtifactRecord(row.GetInt32(0), row.GetString(1), row.GetString(2), Records.Hash(row, 3)!.Value, row.GetInt64(4)));

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) => ListAsync(
        $"""
        SELECT event.no, event.at, event.kind, step.key, event.detail
        FROM event LEFT JOIN step ON step.run = event.run AND step.ix = event.ix
        WHERE event.run = {RunNumber} AND event.no > ?2 ORDER BY event.no LIMIT ?3 + 0
        """, [runId, after, count],
        row => new RunEvent(row.GetInt64(0), Records.Time(row, 1)!.Value, (RunEventKind)row.GetInt32(2), row.GetText(3), row.GetText(4)), cancellation);

    public Task<IReadOnlyList<StoredLogEntry>> ListLogAsync(string runId, long after, int count, CancellationToken cancellation) => ListAsync(
        $"SELECT no, body FROM log WHERE run = {RunNumber} AND no > ?2 ORDER BY no LIMIT ?3 + 0", [runId, after, count],
        row => new StoredLogEntry(row.GetInt64(0), row.GetBytes(1)), cancellation);

    public Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation) =>
        ListAsync(Records.Instances + " ORDER BY no", [_time.GetUtcNow().ToUnixTimeMilliseconds()], Records.ReadInstance, cancellation);

    public Task<IReadOnlyList<StoredReport>> ListReportsAsync(CancellationToken cancellation) => ListAsync(
        "SELECT instance.incarnation, report.at, report.body FROM report JOIN instance ON instance.no = report.owner", [],
        row => new StoredReport(new Guid(row.GetBytes(0)), Records.Time(row, 1)!.Value, row.GetBytes(2)), cancellation);

    public Task<IReadOnlyList<ClassBacklog>> ListBacklogAsync(CancellationToken cancellation) => ListAsync(
        """
        SELECT class.queue, class.executor, sum(ready), min(oldest)
        FROM (
          SELECT class, count(*) AS ready, min(since) AS oldest FROM step INDEXED BY step_ready WHERE status = 1 AND deaths < 2 AND run NOT IN (SELECT run FROM draft) GROUP BY class
          UNION ALL
          SELECT class, count(*), min(since) FROM step INDEXED BY step_suspect WHERE status = 1 AND deaths >= 2 AND run NOT IN (SELECT run FROM draft) GROUP BY class)
        JOIN class ON class.no = class GROUP BY class.no ORDER BY 1, 2
        """, [],
        row => new ClassBacklog(new(row.GetString(0), row.GetString(1)), row.GetInt64(2), Records.Time(row, 3)!.Value), cancellation);

    public Task<IReadOnlyList<StepClass>> ListPinnedAsync(CancellationToken cancellation) => ListAsync(
        """
        SELECT queue, executor FROM class
        WHERE instr(queue, ?1) > 0
          AND (EXISTS (SELECT 1 FROM step INDEXED BY step_ready WHERE status = 1 AND deaths < 2 AND class = class.no AND run NOT IN (SELECT run FROM draft))
            OR EXISTS (SELECT 1 FROM step INDEXED BY step_suspect WHERE status = 1 AND deaths >= 2 AND class = class.no AND run NOT IN (SELECT run FROM draft)))
        ORDER BY queue, executor
        """, [StepClass.Pin.ToString()],
        row => new StepClass(row.GetString(0), row.GetString(1)), cancellation);

    /// <summary>
    /// SQLite keeps no checksums: a page that a disk has written elsewhere, or not at all, may be a whole one with other rows, and a list just ends there. Counted in the rows themselves, not in an index of
    /// them, and with their classes, without which they are not listed; those written ahead are among them, for a run counts them before they are seen.
    /// </summary>
    private static void RefuseMissingSteps(Connection db, string runId)
    {
        using var row = db.Query("SELECT run.steps, (SELECT count(*) FROM step NOT INDEXED CROSS JOIN class ON class.no = step.class WHERE step.run = run.no) FROM run WHERE run.id = ?1", runId);
        if (row.Read() && row.GetInt64(1) < row.GetInt64(0))
            throw new StoreDamagedException($"The store has {row.GetInt64(1)} of the {row.GetInt64(0)} steps of run '{runId}'");
    }

    private static RunRecord? FindRun(Connection db, string runId) =>
        db.List($"SELECT {Records.RunColumns} FROM run WHERE id = ?1", [runId], Records.ReadRun).FirstOrDefault();

    /// <summary>What a group accepted may be a group with an accepted member of its own; a group that accepted itself ends the search.</summary>
    private static DependencyRecord WithAccepted(Connection db, long run, DependencyRecord dependency, int? accepted)
    {
        while (accepted is { } member)
        {
            using var row = db.Query("SELECT accepted, result FROM step WHERE run = ?1 AND ix = ?2", run, member);
            row.Read();
            dependency = dependency with { ResultStep = member, Result = Records.Hash(row, 1) };
            accepted = member == dependency.Index || row.GetIndex(0) == member ? null : row.GetIndex(0);
        }

        return dependency;
    }

    private Task<IReadOnlyList<T>> ListAsync<T>(string sql, Value[] values, Func<Statement, T> read, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<T>>(db => db.List(sql, values, read), cancellation);
}
