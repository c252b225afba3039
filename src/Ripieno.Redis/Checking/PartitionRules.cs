using System.Globalization;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Checking;

/// <summary>What must be true of a partition beyond its runs. What is compared is read in one moment, so what others write meanwhile cannot make it disagree.</summary>
/// <param name="db">The server.</param>
/// <param name="partition">Which.</param>
/// <param name="known">Runs that are there.</param>
internal sealed class PartitionRules(IDatabase db, Partition partition, HashSet<string> known)
{
    /// <summary>Times that what spans many commands is looked at while others write; then it is left alone.</summary>
    private const int Looks = 5;

    private const int Page = 500;

    private static readonly string[] Places = ["waits", "due", "dead", "leases", "suspects"];

    public async Task<List<string>> BrokenAsync()
    {
        var problems = new List<string>();
        await HandsAsync(problems);
        await WaitsAsync(problems);
        await StableAsync(problems, RingAsync);
        await InstancesAsync(problems);
        await SizesAsync(problems);
        await StraysAsync(problems);
        await BodiesAsync(problems);
        await StableAsync(problems, UsesAsync);
        await StableAsync(problems, OpenAsync);
        return problems;
    }

    /// <summary>What instances hold.</summary>
    private async Task HandsAsync(List<string> problems)
    {
        var moment = new Moment(db);
        var leasing = moment.SortedSetAsync(partition["leases"]);
        var holding = moment.HashGetAllAsync(partition["held"]);
        var alone = moment.HashGetAllAsync(partition["alone"]);
        var registering = moment.HashKeysAsync(partition["instances"]);
        await moment.ExecuteAsync();
        var leases = (await leasing).Select(member => Place.DecodeLease(member)).ToList();
        var registered = (await registering).ToHashSet();
        var counted = leases.CountBy(lease => lease.Owner).ToDictionary();
        foreach (var (place, owner) in leases.Where(lease => !registered.Contains("o" + lease.Owner)))
            problems.Add($"{place.RunId} step {place.Index}: a step's owner is not registered");
        var held = (await holding).ToDictionary(entry => uint.Parse(entry.Name.ToString(), CultureInfo.InvariantCulture), entry => (long)entry.Value);
        foreach (var owner in counted.Keys.Union(held.Keys).Where(owner => counted.GetValueOrDefault(owner) != held.GetValueOrDefault(owner)))
            problems.Add($"instance {owner}: its count of steps that it holds is wrong");
        var own = leases.Select(lease => (lease.Owner.ToString(CultureInfo.InvariantCulture), lease.Place)).ToHashSet();
        foreach (var entry in (await alone).Where(entry => !own.Contains((entry.Name.ToString(), Place.Decode(entry.Value)))))
            problems.Add($"instance {entry.Name}: it is alone with a step that it does not hold");
    }

    private async Task WaitsAsync(List<string> problems)
    {
        var moment = new Moment(db);
        var waits = moment.SortedSetAsync(partition["waits"]);
        var due = moment.SortedSetAsync(partition["due"]);
        var kept = moment.HashKeysAsync(partition["kept"]);
        var suspects = moment.SortedSetAsync(partition["suspects"]);
        await moment.ExecuteAsync();
        foreach (var member in (await due).Except(await waits))
            problems.Add($"{Name(member)}: a step would become due that does not wait");
        var places = (await suspects).Select(member => (RedisValue)((ReadOnlyMemory<byte>)member)[2..]).ToHashSet();
        foreach (var member in (await kept).Where(member => !places.Contains(member)))
            problems.Add($"{Name(member)}: a step is kept for an instance without being a suspect");
    }

    /// <summary>That each waiting lane has its place is looked at with its run; here, that nothing else has one, and that shares add up.</summary>
    /// <returns>False when runs went while they were looked at.</returns>
    private async Task<bool> RingAsync(List<string> problems)
    {
        var moment = new Moment(db);
        var reading = moment.SortedSetAsync(partition["ring"]);
        var sharing = moment.HashGetAllAsync(partition["share"]);
        await moment.ExecuteAsync();
        var sums = new Dictionary<RedisValue, long>();
        foreach (var page in (await reading).Chunk(Page))
        {
            var members = page.Select(member => (Member: member, Place: Lane.DecodeRing(member))).ToList();
            var runs = await Task.WhenAll(members.Select(one => FieldsAsync(one.Place.RunId, RunFields.Terms, RunFields.Changing)));
            foreach (var ((member, (lane, runId)), fields) in members.Zip(runs))
            {
                if (!HasLane(fields[1], lane) && await IsStrayAsync("ring", member, runId, fields => !HasLane(fields[0], lane), RunFields.Changing))
                    problems.Add($"{runId}: it stands in a ring where it does not wait");
                if (fields[0].IsNull)
                    return false;
                var run = RunTerms.Decode(fields[0]);
                var tenant = Lane.ShareField(lane.Class, run);
                foreach (RedisValue field in (byte[][])[tenant, Lane.AllField(tenant)])
                    sums[field] = sums.GetValueOrDefault(field) + run.Weight;
            }
        }

        var shares = (await sharing).ToDictionary(entry => entry.Name, entry => (long)entry.Value);
        foreach (var field in sums.Keys.Union(shares.Keys).Where(field => sums.GetValueOrDefault(field) != shares.GetValueOrDefault(field)))
            problems.Add(Lane.TenantOf(((ReadOnlyMemory<byte>)field).Span) is { } tenant
                ? $"{tenant}: its share does not agree with its waiting runs"
                : "the tenants' shares do not agree with their sum");
        return true;
    }

    private async Task InstancesAsync(List<string> problems)
    {
        var moment = new Moment(db);
        var reading = moment.HashGetAllAsync(partition["instances"]);
        var naming = moment.HashGetAllAsync(partition["names"]);
        var expiring = moment.SortedSetWithScoresAsync(partition["expiry"]);
        var going = moment.SortedSetAsync(partition["gone"]);
        await moment.ExecuteAsync();
        var all = (await reading).ToDictionary(entry => entry.Name, entry => entry.Value);
        var expiry = (await expiring).ToDictionary(entry => entry.Element.ToString(), entry => entry.Score, StringComparer.Ordinal);
        var gone = (await going).Select(owner => owner.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var (incarnation, record) in all.Where(entry => entry.Key.Length() == 16))
        {
            var instance = InstanceValue.Decode(record);
            var owner = instance.Owner.ToString(CultureInfo.InvariantCulture);
            if (all.GetValueOrDefault("o" + owner) != incarnation)
                problems.Add($"instance {instance.Id}: it is not found by its number");
            if (expiry.TryGetValue(owner, out var at) ? gone.Contains(owner) || at != instance.Expires : !gone.Contains(owner))
                problems.Add($"instance {instance.Id}: it would be found silent at another time than its own, or never");
        }

        foreach (var entry in (await naming).Where(entry => all.GetValueOrDefault(entry.Value) is var record && (record.IsNull || InstanceValue.Decode(record).Id != entry.Name)))
            problems.Add($"instance {entry.Name}: its id belongs to one that is not registered");
        foreach (var owner in expiry.Keys.Concat(gone).Where(owner => !all.ContainsKey("o" + owner)))
            problems.Add($"instance {owner}: it would be found silent without being registered");
    }

    private async Task SizesAsync(List<string> problems)
    {
        var moment = new Moment(db);
        var hourly = moment.HashLengthAsync(partition["hourly"]);
        var hours = moment.SortedSetLengthAsync(partition["hours"]);
        var permits = moment.HashLengthAsync(partition["permits"]);
        var limits = moment.SortedSetLengthAsync(partition["limits"]);
        await moment.ExecuteAsync();
        if (await hourly != await hours)
            problems.Add("the hourly figures do not agree with their order");
        if (await permits != await limits)
            problems.Add("the permits do not agree with their limits");
    }

    /// <summary>Places in sets of runs that are not there.</summary>
    private async Task StraysAsync(List<string> problems)
    {
        foreach (var name in (string[])[.. RunRules.Lists, .. Places])
        {
            foreach (var member in await db.SortedSetRangeByRankAsync(partition[name], flags: CommandFlags.DemandMaster))
            {
                var runId = name switch
                {
                    "leases" => Place.DecodeLease(member).Place.RunId,
                    "suspects" => Place.Decode(((ReadOnlyMemory<byte>)member)[2..]).RunId,
                    _ => Places.Contains(name) ? Place.Decode(member).RunId : member.ToString(),
                };
                if (!known.Contains(runId) && await IsStrayAsync(name, member, runId, fields => fields[0].IsNull, RunFields.Changing))
                    problems.Add($"{runId}: '{name}' has a run that is not there");
                else if (name == "dead" && await IsStrayAsync(name, member, runId, fields => IsNotDead(fields, Place.Decode(member).Index), RunFields.Changing, RunFields.State(Place.Decode(member).Index)))
                    problems.Add($"{Name(member)}: a step is listed as dead-lettered without being so");
            }
        }
    }

    private async Task BodiesAsync(List<string> problems)
    {
        foreach (var hash in (await db.HashKeysAsync(partition["snapshots"], CommandFlags.DemandMaster)).Where(IsHash))
        {
            var body = await db.HashGetAsync(partition["snapshots"], hash, CommandFlags.DemandMaster);
            if (!body.IsNull && !RunContents.IsIntact(ContentHash.FromBytes(((ReadOnlyMemory<byte>)hash).Span), body))
                problems.Add("a snapshot: a content is not what was stored");
        }
    }

    /// <summary>Of how many runs each snapshot is, held against what is noted.</summary>
    /// <returns>False when runs came or went while they were looked at.</returns>
    private async Task<bool> UsesAsync(List<string> problems)
    {
        var expected = await db.HashKeysAsync(partition["snapshots"], CommandFlags.DemandMaster);
        var counters = expected.Where(field => !IsHash(field)).ToArray();
        var moment = new Moment(db);
        var listing = moment.SortedSetWithScoresAsync(partition["runs"]);
        var fielding = moment.HashKeysAsync(partition["snapshots"]);
        var counting = counters.Chunk(Page).Select(chunk => moment.HashGetAsync(partition["snapshots"], chunk)).ToArray();
        await moment.ExecuteAsync();
        var bodies = (await fielding).Where(IsHash).ToHashSet();
        var noted = counters.Zip((await Task.WhenAll(counting)).SelectMany(values => values)).ToDictionary(pair => (RedisValue)((ReadOnlyMemory<byte>)pair.First)[1..], pair => (long)pair.Second);
        if (!expected.ToHashSet().SetEquals(await fielding))
            return false;
        var uses = new Dictionary<RedisValue, long>();
        foreach (var page in (await listing).Chunk(Page))
        {
            foreach (var (run, fields) in page.Zip(await Task.WhenAll(page.Select(run => FieldsAsync(run.Element.ToString(), RunFields.Terms, RunFields.Changing)))))
            {
                // Gone, or another run under the same id.
                if (fields[0].IsNull || RunValue.Decode(fields[1]).Seq != run.Score)
                    return false;
                var snapshot = RunTerms.Decode(fields[0]).Snapshot;
                if (!bodies.Contains(snapshot.ToBytes()))
                    problems.Add($"{run.Element}: its snapshot is missing");
                uses[snapshot.ToBytes()] = uses.GetValueOrDefault((RedisValue)snapshot.ToBytes()) + 1;
            }
        }

        if (bodies.Union(uses.Keys).Union(noted.Keys).Any(hash => uses.GetValueOrDefault(hash) != noted.GetValueOrDefault(hash)))
            problems.Add("a snapshot: it counts a wrong number of runs that use it");
        return true;
    }

    /// <returns>False when there was a commit while they were counted.</returns>
    private async Task<bool> OpenAsync(List<string> problems)
    {
        var before = await db.HashGetAsync(partition["store"], ["commits", "open"], CommandFlags.DemandMaster);
        var tenants = await db.HashGetAllAsync(partition["tenants"], CommandFlags.DemandMaster);
        var (open, runs) = (0L, new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var page in (await db.SortedSetRangeByRankAsync(partition["runs:0"], flags: CommandFlags.DemandMaster)).Chunk(Page))
        {
            var values = await Task.WhenAll(page.Select(id => FieldsAsync(id.ToString(), RunFields.Changing, RunFields.Terms)));
            open += values.Where(fields => !fields[0].IsNull).Sum(fields => (long)RunValue.Decode(fields[0]).Open);
            foreach (var terms in values.Where(fields => !fields[1].IsNull).Select(fields => RunTerms.Decode(fields[1])).Where(terms => terms.Workflow != RunSubmission.Uncounted))
                runs[terms.Tenant] = runs.GetValueOrDefault(terms.Tenant) + 1;
        }

        if (await db.HashGetAsync(partition["store"], "commits", CommandFlags.DemandMaster) != before[0])
            return false;
        if (open != (long)before[1])
            problems.Add("the store's count of open steps is wrong");
        var counted = tenants.ToDictionary(entry => entry.Name.ToString(), entry => (long)entry.Value, StringComparer.Ordinal);
        foreach (var tenant in counted.Keys.Union(runs.Keys, StringComparer.Ordinal).Where(tenant => counted.GetValueOrDefault(tenant) != runs.GetValueOrDefault(tenant)))
            problems.Add($"tenant {tenant}: its count of runs that have not ended is wrong");
        return true;
    }

    /// <summary>Looks again while what is looked at changes.</summary>
    private static async Task StableAsync(List<string> problems, Func<List<string>, Task<bool>> look)
    {
        for (var i = 0; i < Looks; i++)
        {
            var found = new List<string>();
            if (!await look(found))
                continue;
            problems.AddRange(found);
            return;
        }
    }

    private Task<RedisValue[]> FieldsAsync(string runId, params RedisValue[] fields) => db.HashGetAsync(partition.Run(runId), fields, CommandFlags.DemandMaster);

    /// <summary>Looks at a member and at what it stands for in one moment.</summary>
    private async Task<bool> IsStrayAsync(string set, RedisValue member, string runId, Func<RedisValue[], bool> isWrong, params RedisValue[] fields)
    {
        var moment = new Moment(db);
        var score = moment.SortedSetScoreAsync(partition[set], member);
        var values = moment.HashGetAsync(partition.Run(runId), fields);
        await moment.ExecuteAsync();
        return await score is not null && isWrong(await values);
    }

    private static bool HasLane(RedisValue run, Lane lane) => !run.IsNull && RunValue.Decode(run).Lanes.Contains(lane);

    private static bool IsNotDead(RedisValue[] fields, int step) =>
        fields[0].IsNull || RunValue.Decode(fields[0]).StepOrNull(step, fields[1])?.State.Status != StepStatus.DeadLettered;

    private static bool IsHash(RedisValue field) => field.Length() == 32;

    private static string Name(RedisValue place)
    {
        var (runId, index) = Place.Decode(place);
        return $"{runId} step {index}";
    }
}
