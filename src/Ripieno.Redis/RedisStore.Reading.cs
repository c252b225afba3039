using System.Collections.Concurrent;
using System.Text;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Reading. What belongs together is read by one command. A longer answer is put together from several; each part then is
/// true of its own moment, and what has moved on in between is left out rather than shown as it never was. Always from the master: a replica may not have what was just acknowledged.
/// </summary>
internal sealed partial class RedisStore
{
    /// <summary>Runs, dead letters or fields read at a time.</summary>
    private const int ReadPage = 500;

    /// <summary>Running and waiting steps that an overview shows.</summary>
    private const int MostActive = 100;

    private readonly ConcurrentDictionary<int, StepReader> _stepReaders = [];
    private readonly ConcurrentDictionary<int, ClassNames> _classNames = [];

    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) =>
        ReadAsync(runId, async (db, partition) => (await RunHash.FindAsync(db, partition, runId))?.ToRecord(), cancellation);

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<RunRecord>>(
        async db =>
        {
            var bound = before is null ? null : await RunHash.FindAsync(db, PartitionOf(before), before);
            if (before is not null && bound is null)
                return [];
            var name = status is null ? "runs" : string.Create(null, $"runs:{(int)status}");
            var pages = new MergedSet(_partitions, name, Order.Descending, double.NegativeInfinity, bound?.Value.Seq ?? double.PositiveInfinity);
            // Runs of two partitions may have the same number; then their ids decide.
            return await ListRunsAsync(db, pages, count, run =>
                (status is null || run.Value.Status == status)
                && (bound is null || run.Value.Seq < bound.Value.Seq || string.CompareOrdinal(run.Info.Id, bound.Info.Id) < 0));
        },
        cancellation);

    public Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<RunRecord>>(
        async db =>
        {
            if (status == RunStatus.Running)
                return [];
            var bound = before.ToUnixTimeMilliseconds();
            var pages = new MergedSet(_partitions, string.Create(null, $"ended:{(int)status}"), Order.Ascending, double.NegativeInfinity, bound);
            return await ListRunsAsync(db, pages, count, run => run.Value.Status == status && run.Value.Finished < bound);
        },
        cancellation);

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<DeadLetter>>(
        async db =>
        {
            var letters = new List<DeadLetter>();
            // There are few: each has cost several instances. So those of one run are picked from all of its partition.
            var pages = new MergedSet(runId is null ? _partitions : [PartitionOf(runId)], "dead", Order.Descending, double.NegativeInfinity, double.PositiveInfinity);
            while (letters.Count < count && await pages.NextAsync(db, runId is null ? Math.Min(count - letters.Count, ReadPage) : ReadPage) is { Count: > 0 } page)
            {
                var places = page.Select(one => Place.Decode(one.Member)).Where(place => runId is null || place.RunId == runId).ToList();
                foreach (var ofRun in places.GroupBy(place => place.RunId, StringComparer.Ordinal))
                    letters.AddRange(await DeadLettersAsync(db, ofRun.Key, [.. ofRun.Select(place => place.Index)]));
            }

            return [.. letters.OrderByDescending(letter => letter.Step.FinishedAt).ThenByDescending(letter => letter.RunId, StringComparer.Ordinal)
                .ThenByDescending(letter => letter.Step.Index).Take(count)];
        },
        cancellation);

    public Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) => ReadAsync<IReadOnlyList<HourlyFigures>>(
        async db =>
        {
            var (first, bound) = (FiguresValue.FirstHour(from), FiguresValue.FirstHour(to));
            // Under a text of one character for each byte, so that the order of texts is the order of bytes: by hour, then by name.
            var sums = new SortedDictionary<string, HourlyFigures>(StringComparer.Ordinal);
            foreach (var partition in _partitions)
            {
                var fields = await db.SortedSetRangeByValueAsync(partition["hours"], first, bound, Exclude.Stop, flags: CommandFlags.DemandMaster);
                foreach (var chunk in fields.Chunk(ReadPage))
                {
                    var values = await db.HashGetAsync(partition["hourly"], chunk, CommandFlags.DemandMaster);
                    for (var i = 0; i < chunk.Length; i++)
                    {
                        if (values[i].IsNull)
                            continue;
                        var name = Encoding.Latin1.GetString(((ReadOnlyMemory<byte>)chunk[i]).Span);
                        var figures = FiguresValue.Decode(chunk[i], values[i]);
                        sums[name] = sums.TryGetValue(name, out var others) ? FiguresValue.Add(others, figures) : figures;
                    }
                }
            }

            return [.. sums.Values];
        },
        cancellation);

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => ReadAsync(
        runId,
        async (db, partition) =>
        {
            // Leases before waits: a step that goes from the one to the other meanwhile is found twice rather than not at all.
            var leasing = db.SortedSetRangeByValueAsync(
                partition["leases"], Place.First(runId), Place.Bound(runId), Exclude.Stop, take: MostActive, flags: CommandFlags.DemandMaster);
            var waiting = db.SortedSetRangeByValueAsync(
                partition["waits"], Place.First(runId), Place.Bound(runId), Exclude.Stop, take: MostActive, flags: CommandFlags.DemandMaster);
            var (leases, waits) = (await leasing, await waiting);
            var values = await db.HashGetAsync(
                partition.Run(runId), [.. RunHash.Fields, RunFields.Definitions, RunFields.Counts], CommandFlags.DemandMaster);
            if (RunHash.Decode(values) is not { } run)
                return null;
            var names = values[3].IsNull ? [] : DefinitionsValue.DecodeNames(values[3]);
            var counts = run.Value.Small is { } small ? DefinitionsValue.Count(small.Steps, names) : values[4].IsNull ? [] : DefinitionsValue.DecodeCounts(values[4], names);
            var indexes = leases.Select(member => Place.DecodeLease(member).Place.Index)
                .Concat(waits.Select(member => Place.Decode(member).Index)).Distinct().Order().Take(MostActive).ToList();
            var active = await Steps(partition).ReadAsync(db, runId, indexes);
            // Those that have ended or gone on since then are not shown; the counts may still count them, as of a moment before.
            active.RemoveAll(step => step.Status is not (StepStatus.Running or StepStatus.Waiting));
            return new RunOverview(run.ToRecord(), counts, active, run.Value.Events);
        },
        cancellation);

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<StepRecord>>(
        runId,
        async (db, partition) =>
        {
            var steps = new List<StepRecord>();
            var state = await db.HashGetAsync(partition.Run(runId), RunFields.Changing, CommandFlags.DemandMaster);
            if (state.IsNull)
                return steps;
            var bound = RunValue.Decode(state).Next;
            // Some indexes were reserved and never used, or are written ahead: more are read until enough are found.
            for (var next = Math.Max(0, after + 1L); next < bound && steps.Count < count;)
            {
                var size = (int)Math.Min(Math.Clamp(count - steps.Count, 50, StepReader.Chunk), bound - next);
                steps.AddRange((await Steps(partition).ReadAsync(db, runId, [.. Enumerable.Range((int)next, size)])).Take(count - steps.Count));
                next += size;
            }

            return steps;
        },
        cancellation);

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) => ReadAsync(
        runId,
        async (db, partition) =>
        {
            var index = await db.HashGetAsync(partition.Run(runId), RunFields.Key(key), CommandFlags.DemandMaster);
            return index.IsNull ? null : (await Steps(partition).ReadAsync(db, runId, [(int)index])).Find(step => step.Key == key);
        },
        cancellation);

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) => ReadAsync<IReadOnlyList<DependencyRecord>>(
        runId,
        async (db, partition) =>
        {
            var constants = await db.HashGetAsync(partition.Run(runId), RunFields.Constants(stepIndex), CommandFlags.DemandMaster);
            if (constants.IsNull)
                return [];
            // A step that asks is running, so all of these have ended and stay as they are.
            var steps = await Steps(partition).ReadAsync(db, runId, [.. StepConstants.Decode(constants).Dependencies.Order()]);
            var known = steps.ToDictionary(step => step.Index);
            await LoadAcceptedAsync(db, partition, runId, known);
            return [.. steps.Select(step => WithAccepted(step, known))];
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation) => ReadAsync<ReadOnlyMemory<byte>?>(
        runId,
        async (db, partition) =>
        {
            var stored = await db.HashGetAsync(partition.Run(runId), RunFields.Result(stepIndex), CommandFlags.DemandMaster);
            if (stored.IsNull)
                return null;
            var result = ResultValue.Decode(stored);
            var hash = result.Hash.ToBytes();
            if (result.IsInline)
                return PackedContent.Unpack(hash, result.Body, result.SignedSize);
            var content = await db.HashGetAsync(partition.Run(runId), RunFields.Content(hash), CommandFlags.DemandMaster);
            if (!content.IsNull)
                return ContentValue.Decode(hash, content);
            // With the run everything of it goes.
            return await db.KeyExistsAsync(partition.Run(runId), CommandFlags.DemandMaster) ? throw PackedContent.Damaged() : null;
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) => ReadAsync(
        runId,
        async (db, partition) =>
        {
            var key = partition.Run(runId);
            if (await FindContentAsync(db, key, RunFields.Content(hash.ToBytes()), hash) is { } content)
                return content;
            var step = await db.HashGetAsync(key, RunFields.InputOf(hash.ToBytes()), CommandFlags.DemandMaster);
            var constants = step.IsNull ? RedisValue.Null : await db.HashGetAsync(key, RunFields.Constants((int)step), CommandFlags.DemandMaster);
            // Without the cast null would become an empty content.
            return constants.IsNull ? (ReadOnlyMemory<byte>?)null : ContentValue.Decode(hash.ToBytes(), StepConstants.Decode(constants).InlineInput);
        },
        cancellation);

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => ReadAsync<ReadOnlyMemory<byte>?>(
        async db =>
        {
            // It is kept with its runs, once in each of their partitions.
            foreach (var partition in _partitions)
            {
                if (await FindContentAsync(db, partition["snapshots"], hash.ToBytes(), hash) is { } content)
                    return content;
            }

            return null;
        },
        cancellation);

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ArtifactRecord>>(
        runId,
        async (db, partition) =>
        {
            var artifacts = new List<ArtifactRecord>();
            var key = partition.Run(runId);
            var state = await db.HashGetAsync(key, RunFields.Changing, CommandFlags.DemandMaster);
            if (state.IsNull)
                return artifacts;
            foreach (var chunk in (stepIndex is { } one ? [one] : Enumerable.Range(0, RunValue.Decode(state).Next)).Chunk(ReadPage))
            {
                var values = await db.HashGetAsync(key, [.. chunk.Select(RunFields.Artifacts)], CommandFlags.DemandMaster);
                var having = chunk.Where((_, i) => !values[i].IsNull).ToArray();
                var keys = await StepKeysAsync(db, key, having);
                foreach (var (index, value) in having.Zip(values.Where(value => !value.IsNull)))
                {
                    if (keys.TryGetValue(index, out var stepKey))
                        artifacts.AddRange(ArtifactsValue.Decode(value).OrderBy(found => found.Name, StringComparer.Ordinal)
                            .Select(found => new ArtifactRecord(index, stepKey, found.Name, found.Hash, found.Size)));
                }
            }

            return artifacts;
        },
        cancellation);

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<RunEvent>>(
        runId,
        async (db, partition) =>
        {
            if (count <= 0)
                return [];
            var first = Math.Max(0, after);
            var state = await db.HashGetAsync(partition.Run(runId), RunFields.Changing, CommandFlags.DemandMaster);
            if (state.IsNull)
                return [];
            var last = Math.Min(first + count, RunValue.Decode(state).Events);
            var events = new List<EventValue>();
            // The first that is wanted may stand behind others.
            for (var number = Math.Max(1, first + 2 - EventValue.Together); number <= last; number += ReadPage)
            {
                var values = await db.HashGetAsync(
                    partition.Run(runId), [.. Enumerable.Range(0, (int)Math.Min(ReadPage, last - number + 1)).Select(i => RunFields.Event(number + i))], CommandFlags.DemandMaster);
                for (var i = 0; i < values.Length; i++)
                {
                    if (!values[i].IsNull)
                        events.AddRange(EventValue.DecodeAll(values[i]).Where((_, place) => number + i + place > first && number + i + place <= last));
                }
            }

            // The run was deleted meanwhile.
            if (events.Count < last - first)
                return [];
            // The keys of steps never change, so it does not matter that they are read later.
            var keys = await StepKeysAsync(db, partition.Run(runId), [.. events.Select(one => one.Step).OfType<int>().Distinct()]);
            return [.. events.Select((one, i) => new RunEvent(
                first + i + 1, DateTimeOffset.FromUnixTimeMilliseconds(one.At), one.Kind, one.Step is { } step ? keys.GetValueOrDefault(step) : null, one.Detail))];
        },
        cancellation);

    public Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation) => ReadAsync<IReadOnlyList<InstanceRecord>>(
        async db =>
        {
            // An instance registers with each partition, and is seen wherever it works: its newest heartbeat counts.
            var instances = new Dictionary<Guid, ((int Partition, uint Owner) Place, InstanceRecord Record)>();
            var now = await _caller.NowAsync(db);
            foreach (var partition in _partitions)
            {
                foreach (var (incarnation, value) in await InstanceTable.ReadAsync(db, partition))
                {
                    var record = value.ToRecord(incarnation, now);
                    if (!instances.TryGetValue(incarnation, out var known))
                        instances.Add(incarnation, ((partition.Index, value.Owner), record));
                    else if (known.Record.SeenAt < record.SeenAt)
                        instances[incarnation] = known with { Record = record };
                }
            }

            return [.. instances.Values.OrderBy(one => one.Place).Select(one => one.Record)];
        },
        cancellation);

    public Task<IReadOnlyList<ClassBacklog>> ListBacklogAsync(CancellationToken cancellation) => ReadAsync<IReadOnlyList<ClassBacklog>>(
        async db =>
        {
            var found = new List<ClassBacklog>();
            foreach (var partition in _partitions)
            {
                var ready = new ReadyClasses(db, partition);
                foreach (var (number, name) in await ready.BusyAsync(Classes(partition)))
                {
                    if (await ready.CountAsync(number, name) is { } backlog)
                        found.Add(backlog);
                }
            }

            return [.. found.GroupBy(one => one.Class).Select(same => new ClassBacklog(same.Key, same.Sum(one => one.Ready), same.Min(one => one.Oldest)))
                .OrderBy(one => one.Class.Queue, StringComparer.Ordinal).ThenBy(one => one.Class.Executor, StringComparer.Ordinal)];
        },
        cancellation);

    public Task<IReadOnlyList<StepClass>> ListPinnedAsync(CancellationToken cancellation) => ReadAsync<IReadOnlyList<StepClass>>(
        async db =>
        {
            var found = new HashSet<StepClass>();
            foreach (var partition in _partitions)
                found.UnionWith((await new ReadyClasses(db, partition).BusyAsync(Classes(partition))).Values.Where(name => name.Instance is not null));

            return [.. found.OrderBy(one => one.Queue, StringComparer.Ordinal).ThenBy(one => one.Executor, StringComparer.Ordinal)];
        },
        cancellation);

    private Partition PartitionOf(string runId) => _partitions[Partition.Of(runId, _partitions.Length)];

    private ClassNames Classes(Partition partition) => _classNames.GetOrAdd(partition.Index, _ => new(partition));

    private StepReader Steps(Partition partition) => _stepReaders.GetOrAdd(partition.Index, _ => new(partition));

    private static async Task<IReadOnlyList<RunRecord>> ListRunsAsync(IDatabase db, MergedSet pages, int count, Func<RunHash, bool> belongs)
    {
        var runs = new List<RunRecord>();
        while (runs.Count < count && await pages.NextAsync(db, Math.Min(count - runs.Count, ReadPage)) is { Count: > 0 } page)
        {
            var found = await Task.WhenAll(page.Select(one => RunHash.FindAsync(db, one.Partition, one.Member.ToString())));
            // One that was deleted, or has another status by now, is no longer what was asked for.
            runs.AddRange(found.OfType<RunHash>().Where(belongs).Select(run => run.ToRecord()));
        }

        return runs;
    }

    private async Task<IEnumerable<DeadLetter>> DeadLettersAsync(IDatabase db, string runId, int[] indexes)
    {
        var partition = PartitionOf(runId);
        var steps = await Steps(partition).ReadAsync(db, runId, indexes);
        return steps.Count > 0 && await RunHash.FindAsync(db, partition, runId) is { } run
            ? steps.Where(step => step.Status == StepStatus.DeadLettered).Select(step => new DeadLetter(runId, run.Info.Title, step))
            : [];
    }

    private static async Task<ReadOnlyMemory<byte>?> FindContentAsync(IDatabase db, RedisKey key, RedisValue field, ContentHash hash)
    {
        var content = await db.HashGetAsync(key, field, CommandFlags.DemandMaster);
        // Without the cast null would become an empty content.
        return content.IsNull ? (ReadOnlyMemory<byte>?)null : ContentValue.Decode(hash.ToBytes(), content);
    }

    /// <summary>Reads the accepted members of groups, and theirs, until there are no more.</summary>
    private async Task LoadAcceptedAsync(IDatabase db, Partition partition, string runId, Dictionary<int, StepRecord> known)
    {
        while (true)
        {
            var missing = known.Values.Select(step => step.Accepted).OfType<int>().Where(index => !known.ContainsKey(index)).Distinct().ToList();
            var found = missing.Count == 0 ? [] : await Steps(partition).ReadAsync(db, runId, missing);
            if (found.Count == 0)
                return;
            found.ForEach(step => known[step.Index] = step);
        }
    }

    /// <summary>What a group accepted may be a group with an accepted member of its own; a group that accepted itself ends the search.</summary>
    private static DependencyRecord WithAccepted(StepRecord dependency, Dictionary<int, StepRecord> known)
    {
        var result = dependency;
        while (result.Accepted is { } accepted && accepted != result.Index && known.TryGetValue(accepted, out var member))
        {
            result = member;
            if (member.Index == dependency.Index)
                break;
        }

        return new(dependency.Index, dependency.Key, dependency.Status, result.Index, result.Result);
    }

    private static async Task<Dictionary<int, string>> StepKeysAsync(IDatabase db, RedisKey run, int[] indexes)
    {
        var keys = new Dictionary<int, string>(indexes.Length);
        foreach (var chunk in indexes.Chunk(ReadPage))
        {
            var values = await db.HashGetAsync(run, [.. chunk.Select(RunFields.Constants)], CommandFlags.DemandMaster);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (!values[i].IsNull)
                    keys.Add(chunk[i], StepConstants.Decode(values[i]).Key);
            }
        }

        return keys;
    }
}
