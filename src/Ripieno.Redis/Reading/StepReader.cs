using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>Reads steps of one partition's runs.</summary>
internal sealed class StepReader(Partition partition)
{
    /// <summary>Steps read by one command: some 100 KB of answer, which the server puts together in well under a millisecond.</summary>
    public const int Chunk = 250;

    /// <summary>Times that steps are read again because the instance of one was gone a moment later.</summary>
    private const int Repeats = 3;

    private readonly ClassNames _classes = new(partition);

    /// <summary>
    /// The steps of these indexes that there are, in their order; those written ahead are left out. At most <see cref="Chunk"/> are read by one command and belong to one moment.
    /// Their instances are read right after: a step whose instance has ended in between has moved on too, and is read again.
    /// </summary>
    public async Task<List<StepRecord>> ReadAsync(IDatabase db, string runId, IReadOnlyList<int> indexes)
    {
        var steps = new List<StepRecord>(indexes.Count);
        foreach (var chunk in indexes.Chunk(Chunk))
            steps.AddRange(await ReadChunkAsync(db, runId, chunk));
        return steps;
    }

    /// <summary>What a read of steps asks for: the names of definitions, what changes of the run, then state, constants and result of each.</summary>
    public static RedisValue[] Fields(IReadOnlyList<int> indexes)
    {
        var fields = new RedisValue[2 + indexes.Count * 3];
        (fields[0], fields[1]) = (RunFields.Definitions, RunFields.Changing);
        for (var i = 0; i < indexes.Count; i++)
        {
            fields[2 + i * 3] = RunFields.State(indexes[i]);
            fields[3 + i * 3] = RunFields.Constants(indexes[i]);
            fields[4 + i * 3] = RunFields.Result(indexes[i]);
        }

        return fields;
    }

    private async Task<List<StepRecord>> ReadChunkAsync(IDatabase db, string runId, int[] indexes)
    {
        for (var attempt = 0; ; attempt++)
        {
            var values = await db.HashGetAsync(partition.Run(runId), Fields(indexes), CommandFlags.DemandMaster);
            var names = values[0].IsNull ? [] : DefinitionsValue.DecodeNames(values[0]);
            if (values[1].IsNull)
                return [];
            var run = RunValue.Decode(values[1]);
            var found = new List<(int Index, StepValue Step, StepConstants Constants, RedisValue Result)>(indexes.Length);
            for (var i = 0; i < indexes.Length; i++)
            {
                if (run.StepOrNull(indexes[i], values[2 + i * 3]) is { IsStaged: false } step)
                    found.Add((indexes[i], step, StepConstants.Decode(values[3 + i * 3]), values[4 + i * 3]));
            }

            await _classes.LoadAsync(db, found.Select(one => one.Step.Class));
            var owners = found.Select(one => one.Step.Owner).Where(owner => owner > 0).Distinct().ToArray();
            var instances = await InstancesAsync(db, owners);
            if (instances.Count == owners.Length || attempt == Repeats)
                return [.. found.Select(one => Record(one.Index, one.Step, one.Constants, one.Result, names, instances.GetValueOrDefault(one.Step.Owner)))];
        }
    }

    private async Task<Dictionary<uint, InstanceValue>> InstancesAsync(IDatabase db, uint[] owners)
    {
        var instances = new Dictionary<uint, InstanceValue>();
        if (owners.Length == 0)
            return instances;
        var incarnations = await db.HashGetAsync(partition["instances"], [.. owners.Select(owner => (RedisValue)("o" + owner))], CommandFlags.DemandMaster);
        var known = incarnations.Where(incarnation => !incarnation.IsNull).ToArray();
        if (known.Length == 0)
            return instances;
        foreach (var record in await db.HashGetAsync(partition["instances"], known, CommandFlags.DemandMaster))
        {
            if (!record.IsNull && InstanceValue.Decode(record) is var instance)
                instances[instance.Owner] = instance;
        }

        return instances;
    }

    private StepRecord Record(int index, StepValue step, StepConstants constants, RedisValue result, List<string> names, InstanceValue? instance) => new()
    {
        Index = index,
        Key = constants.Key,
        Definition = step.Definition < names.Count
            ? names[step.Definition]
            : throw new Errors.StoreDamagedException($"Step '{constants.Key}' has a definition without a name"),
        Class = _classes[step.Class],
        Parent = step.Parent,
        Status = step.State.Status,
        Generation = step.State.Generation,
        FailedAttempts = step.State.FailedAttempts,
        Epoch = step.State.Epoch,
        Deaths = step.State.Deaths,
        DeathsAlone = step.State.DeathsAlone,
        Result = result.IsNull ? null : ResultValue.Decode(result).Hash,
        Accepted = step.Accepted,
        Reason = step.Reason,
        Usage = step.Usage,
        StartedAt = RunHash.TimeOrNull(step.Started),
        FinishedAt = RunHash.TimeOrNull(step.Finished),
        DueAt = RunHash.TimeOrNull(step.Due) ?? (instance is null ? null : RunHash.TimeOrNull(instance.Expires)),
        Instance = instance?.Id,
        Input = constants.Input,
    };
}
