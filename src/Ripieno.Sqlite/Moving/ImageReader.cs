using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Sqlite.Moving;

/// <summary>Reads the image of one run, each part in a snapshot of its own.</summary>
/// <param name="runId">Of the run.</param>
internal sealed class ImageReader(string runId)
{
    private readonly HashSet<ContentHash> _brought = [];
    private long _no;
    private RunImage? _run;
    private int _lastStep = -1;
    private long _lastEvent;

    public bool IsAtEnd { get; private set; }

    /// <returns>Null when there is no such run (any more).</returns>
    public ImagePart? Next(Connection db)
    {
        var contents = new List<PackedContent>();
        var part = new ImagePart { Contents = contents, FirstEvent = _lastEvent + 1 };
        if (_run is null)
        {
            if (ReadRun(db) is not { } run)
                return null;
            _run = run;
            if (run.Input is { } input)
                Bring(db, input, contents);
            part = part with { Run = run, Snapshot = Snapshot(db, run.Snapshot) };
        }

        var (steps, isStepsEnd) = ReadSteps(db, contents);
        part = part with { Steps = steps };
        if (!isStepsEnd)
            return part;
        var events = db.List(
            "SELECT at, kind, ix, detail FROM event WHERE run = ?1 AND no > ?2 ORDER BY no LIMIT ?3 + 0", [_no, _lastEvent, ImagePart.MostEvents],
            row => new EventImage(Records.Time(row, 0)!.Value, (RunEventKind)row.GetInt32(1), row.GetIndex(2), OrNull(row.GetText(3))));
        _lastEvent += events.Count;
        IsAtEnd = events.Count < ImagePart.MostEvents;
        return part with { Events = events, IsLast = IsAtEnd };
    }

    private RunImage? ReadRun(Connection db)
    {
        using var row = db.Query(
            """
            SELECT no, id, fingerprint, title, workflow, tenant, tenant_weight, priority, weight, max_parallel, max_steps, max_deaths_alone, stop_on_failure, snapshot, input,
              status, cancel, stopped_by, steps, next, open, failed, events, tokens_in, tokens_out, created, started, finished, copied_from
            FROM run WHERE id = ?1
            """, runId);
        if (!row.Read())
            return null;
        _no = row.GetInt64(0);
        return new()
        {
            Id = row.GetString(1),
            Fingerprint = Records.Hash(row, 2)!.Value,
            Title = row.GetString(3),
            Workflow = row.GetString(4),
            Tenant = row.GetString(5),
            TenantWeight = row.GetInt32(6),
            Priority = row.GetInt32(7),
            Weight = row.GetInt32(8),
            MaxParallel = row.GetInt32(9),
            MaxSteps = row.GetInt32(10),
            MaxDeathsAlone = row.GetInt32(11),
            StopOnFailure = row.GetBoolean(12),
            Snapshot = Records.Hash(row, 13)!.Value,
            Input = Records.Hash(row, 14),
            Status = (RunStatus)row.GetInt32(15),
            CancelRequested = row.GetBoolean(16),
            StoppedBy = row.GetIndex(17),
            Steps = row.GetInt32(18),
            Next = row.GetInt32(19),
            Open = row.GetInt32(20),
            Failed = row.GetInt32(21),
            Events = row.GetInt64(22),
            Usage = new(row.GetInt64(23), row.GetInt64(24)),
            CreatedAt = Records.Time(row, 25)!.Value,
            StartedAt = Records.Time(row, 26),
            FinishedAt = Records.Time(row, 27),
            CopiedFrom = Records.Hash(row, 28),
        };
    }

    private (List<StepImage> Steps, bool IsEnd) ReadSteps(Connection db, List<PackedContent> contents)
    {
        var steps = new List<StepImage>();
        using var row = db.Query(
            """
            SELECT step.ix, step.key, step.definition, class.queue, class.executor, step.parent, step.rank, step.trigger, step.status, step.pending, step.broken, step.open_members,
              step.broken_members, step.generation, step.attempts, step.epoch, step.recorded, step.deaths, step.deaths_alone, step.accepted, step.reason, step.tokens_in, step.tokens_out,
              step.since, step.claimed, step.due, step.started, step.finished, step.input, step.result, step.size, step.body
            FROM step JOIN class ON class.no = step.class WHERE step.run = ?1 AND step.ix > ?2 AND step.status >= 0 ORDER BY step.ix
            """, _no, _lastStep);
        while (steps.Count < ImagePart.MostSteps && contents.Sum(content => (long)content.Body.Length) < ImagePart.MostBytes)
        {
            if (!row.Read())
                return (steps, true);
            steps.Add(ReadStep(db, row, contents));
            _lastStep = steps[^1].Index;
        }

        return (steps, false);
    }

    private StepImage ReadStep(Connection db, Statement row, List<PackedContent> contents)
    {
        var (index, key, status) = (row.GetInt32(0), row.GetString(1), (StepStatus)row.GetInt32(8));
        return new()
        {
            Index = index,
            Key = key,
            Definition = row.GetString(2),
            Class = new(row.GetString(3), row.GetString(4)),
            Parent = row.GetIndex(5),
            Priority = -row.GetInt32(6),
            State = new()
            {
                Trigger = (Trigger)row.GetInt32(7),
                Status = status,
                Pending = row.GetInt32(9),
                BrokenDependencies = row.GetInt32(10),
                OpenMembers = row.GetInt32(11),
                BrokenMembers = row.GetInt32(12),
                Generation = row.GetInt32(13),
                FailedAttempts = row.GetInt32(14),
                Epoch = row.GetInt64(15),
                RecordedEpoch = row.GetInt64(16),
                Deaths = row.GetInt32(17),
                DeathsAlone = row.GetInt32(18),
            },
            Accepted = row.GetIndex(19),
            Reason = OrNull(row.GetText(20)),
            Usage = new(row.GetInt64(21), row.GetInt64(22)),
            ReadyAt = Records.Time(row, 23),
            ClaimedAt = Records.Time(row, 24),
            DueAt = Records.Time(row, 25),
            StartedAt = Records.Time(row, 26),
            FinishedAt = Records.Time(row, 27),
            Input = Records.Hash(row, 28) is { } input ? Image(db, input, contents) : null,
            Result = Records.Hash(row, 29) is not { } result ? null
                : row.IsNull(31) ? Image(db, result, contents)
                : new(result, PackedOf(result, row.GetInt32(30), row.GetBytes(31))),
            Dependencies = db.List("SELECT source FROM edge WHERE run = ?1 AND target = ?2 ORDER BY source", [_no, index], edge => edge.GetInt32(0)),
            // One that was written ahead and given up has dependencies already.
            Dependents = db.List(
                "SELECT target FROM edge CROSS JOIN step AS dependent ON dependent.run = edge.run AND dependent.ix = target WHERE edge.run = ?1 AND source = ?2 AND dependent.status >= 0 ORDER BY target",
                [_no, index], edge => edge.GetInt32(0)),
            Artifacts = ReadArtifacts(db, index, contents),
        };
    }

    private List<ArtifactImage> ReadArtifacts(Connection db, int index, List<PackedContent> contents)
    {
        var artifacts = db.List(
            "SELECT name, hash, size FROM artifact WHERE run = ?1 AND ix = ?2", [_no, index], row => new ArtifactImage(row.GetString(0), Records.Hash(row, 1)!.Value, row.GetInt64(2)));
        foreach (var artifact in artifacts)
            Bring(db, artifact.Hash, contents);
        return [.. artifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal)];
    }

    private ContentImage Image(Connection db, ContentHash hash, List<PackedContent> contents)
    {
        if (_brought.Contains(hash) && !IsShort(db, hash))
            return new(hash, null);
        var content = Content(db, hash);
        if (content.IsInline)
            return new(hash, content);
        _brought.Add(hash);
        contents.Add(content);
        return new(hash, null);
    }

    /// <summary>A short content is brought with each step that has it, and as an artifact or the run's input once besides.</summary>
    private bool IsShort(Connection db, ContentHash hash) =>
        db.Number("SELECT length(body) FROM content WHERE run = ?1 AND hash = ?2", _no, hash.ToBytes()) is var length && PackedContent.FitsInline((int)length);

    private void Bring(Connection db, ContentHash hash, List<PackedContent> contents)
    {
        if (_brought.Add(hash))
            contents.Add(Content(db, hash));
    }

    private PackedContent Content(Connection db, ContentHash hash)
    {
        using var row = db.Query("SELECT CASE packed WHEN 1 THEN size ELSE -size END, body FROM content WHERE run = ?1 AND hash = ?2", _no, hash.ToBytes());
        return row.Read() ? PackedOf(hash, row.GetInt32(0), row.GetBytes(1)) : throw new StoreDamagedException($"A content of run '{runId}' is missing");
    }

    private static PackedContent Snapshot(Connection db, ContentHash hash)
    {
        using var row = db.Query("SELECT size, body FROM snapshot WHERE hash = ?1", hash.ToBytes());
        return row.Read() ? PackedOf(hash, row.GetInt32(0), row.GetBytes(1)) : throw new StoreDamagedException("A snapshot is missing");
    }

    private static PackedContent PackedOf(ContentHash hash, int signedSize, byte[] body) => PackedContent.Stored(hash.ToBytes(), body, signedSize).Checked();

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
