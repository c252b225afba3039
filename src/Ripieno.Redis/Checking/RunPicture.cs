using System.Buffers.Binary;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Checking;

/// <summary>A run with everything that is stored about it, also outside of its own hash.</summary>
internal sealed record RunPicture
{
    /// <summary>Times that a run is looked at while others work on it.</summary>
    private const int Looks = 6;

    /// <summary>From this look on the whole hash is read by one command: quicker than others change it, but the server does nothing else meanwhile.</summary>
    private const int WholeFrom = 3;

    private const int Chunk = 1000;

    /// <summary>Dependents in one field.</summary>
    private const int FanChunk = 1024;

    public required string Id { get; init; }

    public required RunHash Run { get; init; }

    /// <summary>As stored; null = it is too small for that.</summary>
    public required List<StepCount>? Counts { get; init; }

    public required List<string> Definitions { get; init; }

    public IReadOnlyList<Lane> Lanes => Run.Value.Lanes;

    public bool IsWide => Run.Value.IsWide;

    /// <summary>By index, those that were written ahead included.</summary>
    public required SortedDictionary<int, StepPicture> Steps { get; init; }

    /// <summary>Up to the first that is missing.</summary>
    public required long Events { get; init; }

    public HashSet<RedisValue> Ready { get; init; } = [];

    public HashSet<RedisValue> Leases { get; init; } = [];

    public HashSet<RedisValue> Waits { get; init; } = [];

    public HashSet<RedisValue> Suspects { get; init; } = [];

    /// <summary>Due times of waiting steps by index, as they stand in <c>due</c>.</summary>
    public Dictionary<int, double?> Due { get; init; } = [];

    /// <summary>Dead-lettered steps that are not in <c>dead</c>.</summary>
    public List<int> NotListedAsDead { get; init; } = [];

    /// <summary>Classes whose ring does not have the run though it waits there.</summary>
    public List<int> NotInRing { get; init; } = [];

    /// <summary>Its place in <c>runs</c>, in <c>runs:0</c> to <c>runs:3</c>, in <c>ended:1</c> to <c>ended:3</c>, in <c>unfinished</c>.</summary>
    public double?[] Places { get; init; } = [];

    /// <summary>Nothing of it changed while it was looked at.</summary>
    public bool IsStable { get; private init; }

    /// <returns>Null = there is no such run (any more).</returns>
    public static async Task<RunPicture?> ReadAsync(IDatabase db, Partition partition, string id)
    {
        for (var look = 0; ; look++)
        {
            var fields = await ReadFieldsAsync(db, partition.Run(id), look >= WholeFrom);
            if (RunHash.Decode([fields(RunFields.Info), fields(RunFields.Terms), fields(RunFields.Changing)]) is not { } run)
                return null;
            var picture = new RunPicture
            {
                Id = id,
                Run = run,
                Definitions = OrEmpty(fields(RunFields.Definitions), DefinitionsValue.DecodeNames),
                Counts = fields(RunFields.Counts) is { IsNull: false } counts ? DefinitionsValue.DecodeCounts(counts, OrEmpty(fields(RunFields.Definitions), DefinitionsValue.DecodeNames)) : null,
                Events = CountEvents(fields),
                Steps = [],
            };
            for (var index = 0; index < run.Value.Next; index++)
            {
                if (run.Value.StepOrNull(index, fields(RunFields.State(index))) is { } step)
                    picture.Steps.Add(index, StepPicture.Decode(run.Value, index, step, fields));
            }

            picture = await picture.WithSurroundingsAsync(db, partition, RunHead.Select(fields).ToArray());
            if (picture.IsStable || look == Looks - 1)
                return picture;
        }
    }

    private static long CountEvents(Func<RedisValue, RedisValue> fields)
    {
        var count = 0L;
        while (fields(RunFields.Event(count + 1)) is { IsNull: false } together)
            count += EventValue.DecodeAll(together).Count;
        return count;
    }

    /// <summary>Fields that change with whatever changes of the run.</summary>
    private static readonly RedisValue[] RunHead = [RunFields.Changing, RunFields.Counts];

    private static async Task<Func<RedisValue, RedisValue>> ReadFieldsAsync(IDatabase db, RedisKey key, bool whole)
    {
        var values = new Dictionary<RedisValue, RedisValue>();
        if (whole)
        {
            foreach (var entry in await db.HashGetAllAsync(key, CommandFlags.DemandMaster))
                values[entry.Name] = entry.Value;
            return Value;
        }

        await AddAsync([RunFields.Info, RunFields.Terms, RunFields.Definitions, .. RunHead]);
        if (Value(RunFields.Changing).IsNull)
            return Value;
        var run = RunValue.Decode(Value(RunFields.Changing));
        var indexes = Enumerable.Range(0, run.Next);
        await AddAsync(Enumerable.Range(1, (int)run.Events + 1).Select(number => RunFields.Event(number)));
        await AddAsync(indexes.SelectMany(index => (RedisValue[])
            [RunFields.State(index), RunFields.Constants(index), RunFields.Result(index), RunFields.Artifacts(index), RunFields.Dependents(index)]));
        await AddAsync(indexes.Where(index => !Value(RunFields.State(index)).IsNull)
            .SelectMany(index => StepPicture.FurtherDependents(index, StepValue.Decode(Value(RunFields.State(index))).Fan)));
        return Value;

        RedisValue Value(RedisValue field) => values.GetValueOrDefault(field);

        async Task AddAsync(IEnumerable<RedisValue> fields)
        {
            foreach (var chunk in fields.Chunk(Chunk))
            {
                var found = await db.HashGetAsync(key, chunk, CommandFlags.DemandMaster);
                for (var i = 0; i < chunk.Length; i++)
                    values[chunk[i]] = found[i];
            }
        }
    }

    /// <summary>Adds what stands outside of the hash, and looks whether the hash is still what it was.</summary>
    private async Task<RunPicture> WithSurroundingsAsync(IDatabase db, Partition partition, RedisValue[] head)
    {
        var (first, bound) = (Place.First(Id), Place.Bound(Id));
        var waiting = Steps.Where(step => step.Value.Is(StepStatus.Waiting)).Select(step => step.Key).ToArray();
        var dead = Steps.Where(step => step.Value.Is(StepStatus.DeadLettered)).Select(step => step.Key).ToArray();
        var lanes = Lanes.Where(lane => lane.IsWaiting).ToArray();
        var classes = Steps.Values.Select(step => step.Value.Class).Distinct().ToArray();

        var moment = new Moment(db);
        var again = moment.HashGetAsync(partition.Run(Id), RunHead);
        var ready = moment.SortedSetAsync(partition.Ready(Id));
        var leases = moment.SortedSetRangeAsync(partition["leases"], first, bound);
        var waits = moment.SortedSetRangeAsync(partition["waits"], first, bound);
        var due = waiting.Select(index => moment.SortedSetScoreAsync(partition["due"], new Place(Id, index).Encode())).ToArray();
        var listed = dead.Select(index => moment.SortedSetScoreAsync(partition["dead"], new Place(Id, index).Encode())).ToArray();
        var inRing = lanes.Select(lane => moment.SortedSetScoreAsync(partition["ring"], lane.RingMember(Run.Terms, Run.Value, Id))).ToArray();
        var suspects = classes.Select(one => moment.SortedSetRangeAsync(partition["suspects"], Classed(one, first), Classed(one, bound))).ToArray();
        var places = RunRules.Lists.Select(list => moment.SortedSetScoreAsync(partition[list], Id)).ToArray();
        await moment.ExecuteAsync();

        var deadScores = await Task.WhenAll(listed);
        var ringScores = await Task.WhenAll(inRing);
        return this with
        {
            Ready = [.. await ready],
            Leases = [.. await leases],
            Waits = [.. await waits],
            Suspects = [.. (await Task.WhenAll(suspects)).SelectMany(members => members)],
            Due = waiting.Zip(await Task.WhenAll(due)).ToDictionary(pair => pair.First, pair => pair.Second),
            NotListedAsDead = [.. dead.Where((_, i) => deadScores[i] is null)],
            NotInRing = [.. lanes.Where((_, i) => ringScores[i] is null).Select(lane => lane.Class)],
            Places = await Task.WhenAll(places),
            IsStable = (await again).SequenceEqual(head),
        };
    }

    private static byte[] Classed(int stepClass, byte[] bytes) => [.. new ValueWriter().U2(stepClass).ToArray(), .. bytes];

    private static List<T> OrEmpty<T>(RedisValue value, Func<RedisValue, List<T>> decode) => value.IsNull ? [] : decode(value);

    /// <summary>A step with what stands beside it.</summary>
    /// <param name="Value">Its state.</param>
    /// <param name="Constants">Its key, input and dependencies.</param>
    /// <param name="Result">Its result; null = none.</param>
    /// <param name="Artifacts">Hashes.</param>
    /// <param name="Dependents">In the order in which they joined.</param>
    internal sealed record StepPicture(StepValue Value, StepConstants Constants, ResultValue? Result, List<ContentHash> Artifacts, List<int> Dependents)
    {
        public bool Is(StepStatus status) => !Value.IsStaged && Value.State.Status == status;

        public static StepPicture Decode(RunValue run, int index, StepValue value, Func<RedisValue, RedisValue> fields)
        {
            var result = fields(RunFields.Result(index));
            var artifacts = fields(RunFields.Artifacts(index));
            var dependents = run.Small?.Dependencies.Where(one => one.Source == index).Select(one => one.Dependent).ToList() ?? [];
            foreach (var field in (IEnumerable<RedisValue>)[RunFields.Dependents(index), .. FurtherDependents(index, value.Fan)])
            {
                var list = ((ReadOnlyMemory<byte>)fields(field)).Span;
                for (; list.Length >= 4; list = list[4..])
                    dependents.Add(BinaryPrimitives.ReadInt32BigEndian(list));
            }

            return new(
                value, StepConstants.Decode(fields(RunFields.Constants(index))), result.IsNull ? null : ResultValue.Decode(result),
                OrEmpty(artifacts, found => ArtifactsValue.Decode(found).ConvertAll(artifact => artifact.Hash)), dependents);
        }

        /// <summary>Fields of dependents beyond the first.</summary>
        public static IEnumerable<RedisValue> FurtherDependents(int index, int fan) =>
            Enumerable.Range(1, Math.Max(0, (fan - 1) / FanChunk)).Select(chunk => RunFields.Dependents(index, chunk));
    }
}
