using System.Globalization;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>What instances hold, and what becomes of it when they fall silent, die or stop; and what waits for its time.</summary>
internal sealed class Upkeep(Caller caller, Line db, RedisProbe probe, Partition[] partitions, Func<StepLease, StepFailure, CancellationToken, Task> fail)
{
    private readonly ClassNames[] _classes = [.. partitions.Select(partition => new ClassNames(partition))];

    public Task FailAsync(StepLease lease, StepFailure failure) => fail(lease, failure, CancellationToken.None);

    /// <summary>Makes due what a claim has found due, and takes from the silent what they held.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="reply">The claim's answer: count of silent owners, they, places that are due.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task SweepAsync(Partition partition, RedisResult[] reply, CancellationToken cancellation)
    {
        var silent = int.Parse((string)reply[1]!, CultureInfo.InvariantCulture);
        for (var i = 0; i < silent; i++)
            await TakeAsync(partition, uint.Parse((string)reply[2 + i]!, CultureInfo.InvariantCulture), "silent", cancellation);
        var due = reply.Skip(2 + silent).Select(member => Place.Decode((RedisValue)member)).ToList();
        if (due.Count == 0)
            return;
        var (runs, arguments) = Numbered(due);
        await caller.CallAsync(db, Script.Due, partition, runs, new Arguments().Add(due.Count).AddAll(arguments), cancellation);
    }

    /// <summary>Takes everything from an instance.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="owner">Its number.</param>
    /// <param name="why"><c>silent</c>, <c>died</c> or <c>stopped</c>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="which">Only these; null = all.</param>
    /// <returns>How many steps.</returns>
    public async Task<int> TakeAsync(Partition partition, uint owner, string why, CancellationToken cancellation, Func<Place, bool>? which = null)
    {
        var leases = await caller.ReadAsync(database => database.SortedSetRangeByRankAsync(partition["leases"], flags: CommandFlags.DemandMaster), cancellation);
        var held = leases.Select(member => Place.DecodeLease(member)).Where(lease => lease.Owner == owner && which?.Invoke(lease.Place) != false).Select(lease => lease.Place).ToList();
        var taken = 0;
        // Also once for nothing, so that a silent one is not found again.
        for (var offset = 0; offset == 0 || offset < held.Count; offset += probe.Batch)
        {
            var batch = held.Skip(offset).Take(probe.Batch).ToList();
            var (runs, arguments) = Numbered(batch);
            var reply = await caller.CallAsync(db, Script.Take, partition, runs, new Arguments().Add(Guid.NewGuid().ToByteArray()).Add(owner).Add(why).Add(batch.Count).AddAll(arguments), cancellation);
            taken += int.Parse((string)reply[0]!, CultureInfo.InvariantCulture);
        }

        return taken;
    }

    /// <summary>Number of an instance in a partition; null = it is not registered there.</summary>
    public async Task<uint?> OwnerAsync(Partition partition, Guid incarnation, CancellationToken cancellation)
    {
        var record = await caller.ReadAsync([partition], database => database.HashGetAsync(partition["instances"], incarnation.ToByteArray(), CommandFlags.DemandMaster), cancellation);
        return record.IsNull ? null : InstanceValue.Decode(record).Owner;
    }

    /// <summary>Steps that an instance holds outside of a partition: a suspect must be alone in its instance, and a script sees only its own partition.</summary>
    public async Task<long> HeldElsewhereAsync(Guid incarnation, Partition partition, CancellationToken cancellation)
    {
        // Asked only when there is a suspect to be alone.
        if (!await caller.ReadAsync(database => database.KeyExistsAsync(partition["suspects"], CommandFlags.DemandMaster), cancellation))
            return 0;
        var held = 0L;
        foreach (var other in partitions.Where(other => other != partition))
        {
            if (await OwnerAsync(other, incarnation, cancellation) is { } owner)
                held += (long?)await caller.ReadAsync(database => database.HashGetAsync(other["held"], owner, CommandFlags.DemandMaster), cancellation) ?? 0;
        }

        return held;
    }

    /// <summary>The instance executes a suspect of the partition, and must get nothing else meanwhile.</summary>
    public async Task<bool> IsAloneAsync(Guid incarnation, Partition partition, CancellationToken cancellation) =>
        await OwnerAsync(partition, incarnation, cancellation) is { } owner && await caller.ReadAsync(database => database.HashExistsAsync(partition["alone"], owner, CommandFlags.DemandMaster), cancellation);

    /// <summary>A step that was claimed, if that execution is still its newest and running.</summary>
    public async Task<PackedClaim?> FindClaimedAsync(Partition partition, StepLease lease, CancellationToken cancellation)
    {
        var run = partition.Run(lease.RunId);
        var fields = await caller.ReadAsync(
            database => database.HashGetAsync(run, [RunFields.Changing, RunFields.Constants(lease.StepIndex), RunFields.Terms, RunFields.Definitions, RunFields.State(lease.StepIndex)], CommandFlags.DemandMaster), cancellation);
        if (fields.Take(4).Any(field => field.IsNull) || RunValue.Decode(fields[0]).StepOrNull(lease.StepIndex, fields[4]) is not { } step || step.State.Epoch != lease.Epoch || step.State.Status != StepStatus.Running)
            return null;
        await caller.ReadAsync(
            async database =>
            {
                await _classes[partition.Index].LoadAsync(database, [step.Class]);
                return true;
            },
            cancellation);
        var constants = StepConstants.Decode(fields[1]);
        RedisValue input = constants.InlineInput;
        if (constants is { Input: { } hash, InlineInput: null })
            input = (await caller.ReadAsync(database => database.HashGetAsync(run, [RunFields.Content(hash.ToBytes())], CommandFlags.DemandMaster), cancellation))[0];
        return new(
            new()
            {
                Lease = lease,
                Key = constants.Key,
                Definition = DefinitionsValue.DecodeNames(fields[3])[step.Definition],
                Class = _classes[partition.Index][step.Class],
                Generation = step.State.Generation,
                FailedAttempts = step.State.FailedAttempts,
                Alone = step.State.IsSuspect,
                Input = default,
                SnapshotHash = RunTerms.Decode(fields[2]).Snapshot,
            },
            constants.Input, input);
    }

    /// <summary>Steps as scripts are told of them: the runs to declare, and for each step the place of its run among them and its index.</summary>
    private static (List<string> Runs, Arguments Arguments) Numbered(IEnumerable<Place> places)
    {
        var (runs, arguments) = (new List<string>(), new Arguments());
        foreach (var place in places)
        {
            var number = runs.IndexOf(place.RunId);
            if (number < 0)
            {
                runs.Add(place.RunId);
                number = runs.Count - 1;
            }

            arguments.Add(number + 1).Add(place.Index);
        }

        return (runs, arguments);
    }
}
