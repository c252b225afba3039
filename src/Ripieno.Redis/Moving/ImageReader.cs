using System.Buffers.Binary;
using Ripieno.Errors;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Storage;
using Ripieno.Storage.Moving;
using StackExchange.Redis;

namespace Ripieno.Redis.Moving;

/// <summary>Reads the image of one run, part by part.</summary>
/// <param name="partition">Of the run.</param>
/// <param name="runId">Of the run.</param>
internal sealed class ImageReader(Partition partition, string runId)
{

    private readonly RedisKey _key = partition.Run(runId);
    private readonly ClassNames _classes = new(partition);
    /// <summary>Contents that were brought.</summary>
    private readonly HashSet<ContentHash> _brought = [];

    private int _nextStep;
    private long _lastEvent;
    private bool _isBegun;

    public bool IsAtEnd { get; private set; }

    /// <summary>The next part. Nothing is remembered of one that failed, so it may be asked for again.</summary>
    /// <returns>Null when there is no such run (any more).</returns>
    public async Task<ImagePart?> NextAsync(IDatabase db)
    {
        var head = await db.HashGetAsync(_key, [.. RunHash.Fields, RunFields.Definitions, RunFields.CopiedFrom], CommandFlags.DemandMaster);
        if (RunHash.Decode(head) is not { } run)
            return null;
        var contents = new Contents(this, db);
        var part = new ImagePart();
        if (!_isBegun)
        {
            if (run.Info.Input is { } input)
                await contents.BringAsync(input);
            part = part with { Run = Image(run, head[4]), Snapshot = await SnapshotAsync(db, run.Info.Snapshot) };
        }

        var (steps, next) = await ReadStepsAsync(db, run.Value, head[3].IsNull ? [] : DefinitionsValue.DecodeNames(head[3]), contents);
        var events = next < run.Value.Next ? [] : await ReadEventsAsync(db, run.Value);
        part = part with
        {
            Steps = steps,
            FirstEvent = _lastEvent + 1,
            Events = events,
            Contents = contents.Found,
            IsLast = next >= run.Value.Next && _lastEvent + events.Count >= run.Value.Events,
        };
        (_isBegun, _nextStep, _lastEvent, IsAtEnd) = (true, next, _lastEvent + events.Count, part.IsLast);
        _brought.UnionWith(contents.Found.Select(content => ContentHash.FromBytes(content.Hash)));
        return part;
    }

    private static RunImage Image(RunHash run, RedisValue copiedFrom) => new()
    {
        Id = run.Info.Id,
        Fingerprint = run.Info.Fingerprint,
        Title = run.Info.Title,
        Workflow = run.Terms.Workflow,
        Tenant = run.Terms.Tenant,
        TenantWeight = run.Terms.TenantWeight,
        Priority = -run.Terms.Rank,
        Weight = run.Terms.Weight,
        MaxParallel = run.Terms.MaxParallel,
        MaxSteps = run.Terms.MaxSteps,
        MaxDeathsAlone = run.Terms.MaxDeathsAlone,
        StopOnFailure = run.Terms.StopOnFailure,
        Snapshot = run.Info.Snapshot,
        Input = run.Info.Input,
        Status = run.Value.Status,
        CancelRequested = run.Value.Cancel,
        StoppedBy = run.Value.StoppedBy,
        Steps = run.Value.Steps,
        Next = run.Value.Next,
        Open = run.Value.Open,
        Failed = run.Value.Failed,
        Events = run.Value.Events,
        Usage = run.Value.Usage,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(run.Info.Created),
        StartedAt = RunHash.TimeOrNull(run.Value.Started),
        FinishedAt = RunHash.TimeOrNull(run.Value.Finished),
        CopiedFrom = copiedFrom.IsNull ? null : ContentHash.FromBytes(((ReadOnlyMemory<byte>)copiedFrom).Span),
    };

    /// <returns>Steps, and the index that comes next.</returns>
    private async Task<(List<StepImage> Steps, int Next)> ReadStepsAsync(IDatabase db, RunValue run, List<string> names, Contents contents)
    {
        var steps = new List<StepImage>();
        var next = _nextStep;
        while (next < run.Next && steps.Count < ImagePart.MostSteps)
        {
            var indexes = Enumerable.Range(next, Math.Min(ImagePart.MostSteps - steps.Count, run.Next - next)).ToArray();
            var values = await db.HashGetAsync(
                _key, [.. indexes.SelectMany(index => (RedisValue[])[RunFields.State(index), RunFields.Constants(index), RunFields.Result(index), RunFields.Artifacts(index)])], CommandFlags.DemandMaster);
            var found = indexes.Select((index, i) => (Index: index, Step: run.StepOrNull(index, values[i * 4]), Own: values.AsMemory(i * 4, 4)))
                .Where(one => one.Step is { IsStaged: false }).ToList();
            await _classes.LoadAsync(db, found.Select(one => one.Step!.Class));
            foreach (var (index, step, own) in found)
            {
                steps.Add(await ReadStepAsync(db, run, names, index, step!, own, contents));
                next = index + 1;
                if (contents.Bytes >= ImagePart.MostBytes)
                    return (steps, next);
            }

            next = indexes[^1] + 1;
        }

        return (steps, next);
    }

    private async Task<StepImage> ReadStepAsync(IDatabase db, RunValue run, List<string> names, int index, StepValue step, ReadOnlyMemory<RedisValue> own, Contents contents)
    {
        var (constants, result, artifacts) = (StepConstants.Decode(own.Span[1]), own.Span[2], own.Span[3]);
        return new()
        {
            Index = index,
            Key = constants.Key,
            Definition = step.Definition < names.Count ? names[step.Definition] : throw new StoreDamagedException($"Step '{constants.Key}' has a definition without a name"),
            Class = _classes[step.Class],
            Parent = step.Parent,
            Priority = -step.Rank,
            State = step.State,
            Accepted = step.Accepted,
            Reason = string.IsNullOrEmpty(step.Reason) ? null : step.Reason,
            Usage = step.Usage,
            ReadyAt = RunHash.TimeOrNull(step.Since),
            ClaimedAt = RunHash.TimeOrNull(step.Claimed),
            DueAt = RunHash.TimeOrNull(step.Due),
            StartedAt = RunHash.TimeOrNull(step.Started),
            FinishedAt = RunHash.TimeOrNull(step.Finished),
            Input = constants.Input is not { } input ? null
                : constants.InlineInput is { } inline ? new(input, ContentValue.DecodePacked(input.ToBytes(), inline))
                : await contents.ImageAsync(input),
            Result = result.IsNull ? null : await ResultAsync(ResultValue.Decode(result), contents),
            Dependencies = [.. constants.Dependencies.Order()],
            Dependents = await DependentsAsync(db, run, index, step.Fan),
            Artifacts = artifacts.IsNull ? [] : await ArtifactsAsync(artifacts, contents),
        };
    }

    private static async Task<ContentImage> ResultAsync(ResultValue result, Contents contents) => result.IsInline
        ? new(result.Hash, PackedContent.Stored(result.Hash.ToBytes(), result.Body, result.SignedSize).Checked())
        : await contents.ImageAsync(result.Hash);

    private static async Task<List<ArtifactImage>> ArtifactsAsync(RedisValue value, Contents contents)
    {
        var artifacts = ArtifactsValue.Decode(value);
        foreach (var (_, hash, _) in artifacts)
            await contents.BringAsync(hash);
        return [.. artifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal).Select(artifact => new ArtifactImage(artifact.Name, artifact.Hash, artifact.Size))];
    }

    private async Task<List<int>> DependentsAsync(IDatabase db, RunValue run, int index, int fan)
    {
        if (run.Small is { } small)
            return [.. small.Dependencies.Where(one => one.Source == index).Select(one => one.Dependent).Order()];
        var dependents = new List<int>(fan);
        for (var chunk = 0; chunk * DependentsValue.Together < fan; chunk++)
        {
            var value = await db.HashGetAsync(_key, DependentsValue.Field(index, chunk), CommandFlags.DemandMaster);
            var list = ((ReadOnlyMemory<byte>)value).Span;
            for (; list.Length >= 4; list = list[4..])
                dependents.Add(BinaryPrimitives.ReadInt32BigEndian(list));
        }

        dependents.Sort();
        return dependents;
    }

    private async Task<List<EventImage>> ReadEventsAsync(IDatabase db, RunValue run)
    {
        var events = new List<EventImage>();
        while (events.Count < ImagePart.MostEvents && _lastEvent + events.Count < run.Events)
        {
            // Those that were made together stand under the number of the first; this one does, because all before it were read.
            var value = await db.HashGetAsync(_key, RunFields.Event(_lastEvent + events.Count + 1), CommandFlags.DemandMaster);
            if (value.IsNull)
                throw new StoreDamagedException($"The events of run '{runId}' have a gap");
            events.AddRange(EventValue.DecodeAll(value).Select(one => new EventImage(DateTimeOffset.FromUnixTimeMilliseconds(one.At), one.Kind, one.Step, one.Detail)));
        }

        return events;
    }

    private async Task<PackedContent> SnapshotAsync(IDatabase db, ContentHash hash)
    {
        var value = await db.HashGetAsync(partition["snapshots"], hash.ToBytes(), CommandFlags.DemandMaster);
        return value.IsNull ? throw new StoreDamagedException("A snapshot is missing") : ContentValue.DecodePacked(hash.ToBytes(), value);
    }

    /// <summary>Contents that one part brings.</summary>
    private sealed class Contents(ImageReader reader, IDatabase db)
    {
        private readonly HashSet<ContentHash> _here = [];

        public List<PackedContent> Found { get; } = [];

        public long Bytes { get; private set; }

        /// <summary>A content that stands by itself here, though in another store it may not: a short one goes with its step.</summary>
        public async Task<ContentImage> ImageAsync(ContentHash hash)
        {
            if (reader._brought.Contains(hash) || _here.Contains(hash))
            {
                // As an artifact, or as the input of the run.
                var length = await db.HashStringLengthAsync(reader._key, RunFields.Content(hash.ToBytes()), CommandFlags.DemandMaster);
                return new(hash, PackedContent.FitsInline((int)length - ContentValue.HeadLength) ? await ReadAsync(hash) : null);
            }

            var content = await ReadAsync(hash);
            if (content.IsInline)
                return new(hash, content);
            Add(hash, content);
            return new(hash, null);
        }

        public async Task BringAsync(ContentHash hash)
        {
            if (!reader._brought.Contains(hash) && !_here.Contains(hash))
                Add(hash, await ReadAsync(hash));
        }

        private void Add(ContentHash hash, PackedContent content)
        {
            _here.Add(hash);
            Found.Add(content);
            Bytes += content.Body.Length;
        }

        private async Task<PackedContent> ReadAsync(ContentHash hash)
        {
            var value = await db.HashGetAsync(reader._key, RunFields.Content(hash.ToBytes()), CommandFlags.DemandMaster);
            return value.IsNull ? await InputAsync(hash) : ContentValue.DecodePacked(hash.ToBytes(), value);
        }

        /// <summary>An input of a step that is also something else's content may stand with its step only.</summary>
        private async Task<PackedContent> InputAsync(ContentHash hash)
        {
            var step = await db.HashGetAsync(reader._key, RunFields.InputOf(hash.ToBytes()), CommandFlags.DemandMaster);
            var constants = step.IsNull ? RedisValue.Null : await db.HashGetAsync(reader._key, RunFields.Constants((int)step), CommandFlags.DemandMaster);
            return !constants.IsNull && StepConstants.Decode(constants).InlineInput is { } inline
                ? ContentValue.DecodePacked(hash.ToBytes(), inline)
                : throw new StoreDamagedException($"A content of run '{reader.RunId}' is missing");
        }
    }

    private string RunId => runId;
}
