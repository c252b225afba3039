using System.Collections.Concurrent;
using System.Diagnostics;
using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Asks for work. A claim must declare the runs that it takes steps of before it knows which are in front; so each answer tells which come next, and the next claim declares those. When another run
/// is in front by then, the script asks for it, and the claim is made again.
/// </summary>
internal sealed class Claims(Caller caller, Line db, Partition[] partitions, Upkeep upkeep)
{
    /// <summary>Steps in one call: bounds how long the script holds the server.</summary>
    private const int Most = 100;

    /// <summary>Runs declared beyond those that are sure to be served, because some of them may be at their maxParallel, or gone.</summary>
    private const int Spare = 16;

    /// <summary>Runs that one claim declares at most: so many may stand in front at their maxParallel before those behind them have to wait for one of them to move.</summary>
    private const int MostDeclared = 1000;

    /// <summary>
    /// Steps that follow each other without a claim between them. A script sees its own partition only: without a bound a long chain would never give way to what waits in another one.
    /// </summary>
    private const int MostFollowUps = 3;

    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _one = [];
    private readonly string[][] _next = [.. partitions.Select(_ => Array.Empty<string>())];
    private readonly ConcurrentDictionary<Guid, int> _keeping = [];
    private readonly ConcurrentDictionary<StepLease, Holding> _holders = [];
    private readonly FollowUps _followUps = new();
    private long _number;

    private enum After
    {
        /// <summary>The partition has more.</summary>
        More,

        OtherPartitions,

        /// <summary>A suspect is, or is to be, all that the instance executes.</summary>
        Nothing,
    }

    /// <summary>What an instance was given here and has not reported on yet.</summary>
    public IReadOnlyList<StepLease> Held(Guid incarnation, Partition partition) =>
        [.. _holders.Where(one => one.Value.Incarnation == incarnation && Partition.Of(one.Key.RunId, partitions.Length) == partition.Index).Select(one => one.Key)];

    /// <summary>Does something while no claim of the instance is on its way, and no report by which it may be handed a step. One at a time.</summary>
    public async Task AloneAsync(Guid incarnation, Func<Task> work, CancellationToken cancellation)
    {
        var one = _one.GetOrAdd(incarnation, _ => new(1));
        await one.WaitAsync(cancellation);
        try
        {
            await _followUps.AloneAsync(incarnation, work, cancellation);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>
    /// Sends a report by which the instance may be handed a step, unless the lease is not its own as far as is known here, so many have followed each other that a claim is to look at everything again, a
    /// suspect is kept for the instance, or somebody wants to be alone with it.
    /// </summary>
    /// <param name="lease">What is reported on.</param>
    /// <param name="incarnation">Whose report it is.</param>
    /// <param name="report">Sends it; what was handed out is the instance's when it has ended.</param>
    /// <returns>What the report was answered; nothing when it was not sent.</returns>
    public async Task<(string Answer, ClaimedStep? FollowUp)?> FollowUpAsync(StepLease lease, Guid incarnation, Func<Task<ReportAnswer>> report)
    {
        if (!_holders.TryGetValue(lease, out var holding) || holding.Incarnation != incarnation || holding.FollowUps >= MostFollowUps
            || _keeping.ContainsKey(incarnation) || !_followUps.Begin(incarnation))
            return null;
        try
        {
            var answer = await report();
            ClaimedStep? followUp = null;
            if (answer.FollowUp is { } claim)
            {
                foreach (var step in await UnpackAsync(claim))
                {
                    _holders[step.Lease] = holding with { FollowUps = holding.FollowUps + 1 };
                    followUp = step;
                }
            }

            return (answer.Text, followUp);
        }
        finally
        {
            _followUps.End(incarnation);
        }
    }

    /// <summary>
    /// Whose a lease is that was handed out here; nothing when it was not. A server that lost its last commits gives an epoch out a second time, and then only this tells the two executions apart.
    /// </summary>
    public RedisValue HolderOf(StepLease lease) => _holders.TryGetValue(lease, out var holding) ? holding.Incarnation.ToByteArray() : RedisValue.EmptyString;

    /// <summary>The execution's report was answered.</summary>
    public void Ended(StepLease lease) => _holders.TryRemove(lease, out _);

    public void Forget(Guid incarnation)
    {
        _one.TryRemove(incarnation, out _);
        _keeping.TryRemove(incarnation, out _);
        foreach (var (lease, holder) in _holders)
        {
            if (holder.Incarnation == incarnation)
                _holders.TryRemove(lease, out _);
        }
    }

    public async Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation)
    {
        // One at a time for each incarnation: the store remembers its last claim, for a repeat.
        var turn = _one.GetOrAdd(request.Incarnation, _ => new(1));
        await turn.WaitAsync(cancellation);
        try
        {
            var claimed = new List<ClaimedStep>();
            var left = request.Classes.ToDictionary(demand => demand.Class, demand => demand.Count);
            // A random start, so that no partition is everybody's first; but one that keeps a suspect for this instance comes first, until it is done with it.
            var start = Random.Shared.Next(partitions.Length);
            if (_keeping.TryGetValue(request.Incarnation, out var keeper))
            {
                start = keeper;
                if (request.RunId is { } one && Partition.Of(one, partitions.Length) != keeper)
                {
                    if (await upkeep.IsAloneAsync(request.Incarnation, partitions[keeper], cancellation))
                        return claimed;
                }
                else
                {
                    _keeping.TryRemove(request.Incarnation, out _);
                }
            }

            for (var i = 0; i < partitions.Length; i++)
            {
                var partition = partitions[(start + i) % partitions.Length];
                if (request.RunId is { } only && Partition.Of(only, partitions.Length) != partition.Index)
                    continue;
                After after;
                do
                    after = await ClaimAsync(request, partition, left, request.Count - claimed.Count, claimed, cancellation);
                while (after == After.More);
                if (after == After.Nothing)
                    _keeping[request.Incarnation] = partition.Index;
                if (after == After.Nothing || (claimed.Count == request.Count && request.Count > 0))
                    break;
            }

            foreach (var step in claimed)
                _holders[step.Lease] = new(request.Incarnation, 0);
            return claimed;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<After> ClaimAsync(
        ClaimRequest request, Partition partition, Dictionary<StepClass, int> left, int wanted, List<ClaimedStep> claimed, CancellationToken cancellation)
    {
        var count = Math.Min(wanted, Most);
        var classes = left.Where(pair => pair.Value > 0).ToList();
        // Rising with time, also from one store of this process to the next, and small enough for the server's numbers.
        var number = _number = Math.Max(_number + 1, Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000));
        string[] declared = request.RunId is { } only ? [only] : [.. _next[partition.Index].Take(count + Spare)];
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            // Whoever had to wait so long for an answer knows that the server was away, for the others as well.
            var spares = request.SparesSilent || Stopwatch.GetElapsedTime(began) >= request.Lease / 2;
            var arguments = new Arguments()
                .Add(request.Incarnation.ToByteArray()).Add(number).Add((long)request.Lease.TotalMilliseconds).Add(Math.Max(0, count)).Add(request.RunId ?? "")
                .Add(partitions.Length == 1 ? 0 : await upkeep.HeldElsewhereAsync(request.Incarnation, partition, cancellation))
                .Add(spares ? 1 : 0).Add(classes.Count);
            foreach (var (stepClass, most) in classes)
                arguments.Add(HandedOut.NameOf(stepClass)).Add(Math.Min(most, count));
            // Not cancellable once begun: the steps would be claimed and no one would know.
            var reply = await caller.CallAsync(db, Script.Claim, partition, declared, arguments, CancellationToken.None);
            switch ((string?)reply[0])
            {
                case "gone":
                    throw new NotFoundException("This instance's registration with the store has run out; it must register again.");
                case "sweep" when !spares && Stopwatch.GetElapsedTime(began) >= request.Lease / 2:
                    continue;
                case "sweep":
                    await upkeep.SweepAsync(partition, reply, cancellation);
                    continue;
                case "again":
                    await GiveAgainAsync(partition, request, (byte[])reply[1]!, claimed, cancellation);
                    return claimed.Exists(step => step.Alone) ? After.Nothing : After.OtherPartitions;
                default:
                    var taken = Read(reply, declared, classes, out var next, out var mark);
                    if (mark == "need" && request.RunId is null)
                    {
                        // Those in front stay declared, or they would be asked for again: each round declares more, so there is an end.
                        string[] more = [.. declared.Concat(next.Except(declared, StringComparer.Ordinal).Take(count + Spare))];
                        if (more.Length == declared.Length || more.Length > MostDeclared)
                            return After.OtherPartitions;
                        declared = more;
                        continue;
                    }

                    _next[partition.Index] = [.. next.Distinct(StringComparer.Ordinal)];
                    foreach (var step in taken)
                    {
                        left[step.Step.Class]--;
                        claimed.AddRange(await UnpackAsync(step));
                    }

                    if (mark == "alone")
                        return After.Nothing;
                    return mark == "more" || (taken.Count == count && count == Most && wanted > Most) ? After.More : After.OtherPartitions;
            }
        }
    }

    private static List<PackedClaim> Read(RedisResult[] reply, string[] declared, List<KeyValuePair<StepClass, int>> asked, out string[] next, out string mark)
    {
        IReadOnlyList<StepClass> classes = [.. asked.Select(demand => demand.Key)];
        var at = 1;
        var taken = HandedOut.Read(reply, ref at, run => (declared[run - 1], classes)).ConvertAll(step => step.Claim);
        var rest = reply.AsSpan(at, reply.Length - 1 - at);
        mark = (string?)reply[^1] ?? "";
        next = new string[rest.Length];
        for (var i = 0; i < next.Length; i++)
            next[i] = (string)rest[i]!;
        return taken;
    }

    private async Task<IEnumerable<ClaimedStep>> UnpackAsync(PackedClaim claim)
    {
        try
        {
            return [claim.Unpack()];
        }
        catch (StoreDamagedException damaged)
        {
            // It is claimed and nobody will execute it; the others must not suffer for it.
            await upkeep.FailAsync(claim.Step.Lease, new(damaged.Message, null, default));
            return [];
        }
    }

    private static List<StepLease> Given(byte[] note)
    {
        var given = new ValueReader("The note of a claim", note);
        given.U8();
        var runs = new string[given.U2()];
        var leases = new List<StepLease>(given.U2());
        for (var i = 0; i < runs.Length; i++)
            runs[i] = given.Text();
        while (!given.IsAtEnd)
            leases.Add(new(runs[given.U2() - 1], given.Count(), given.U4()));
        return leases;
    }

    /// <summary>The answer was lost on its way: what was given then, as far as it is still this instance's, is read again.</summary>
    private async Task GiveAgainAsync(Partition partition, ClaimRequest request, byte[] given, List<ClaimedStep> claimed, CancellationToken cancellation)
    {
        foreach (var lease in Given(given))
        {
            if (await upkeep.FindClaimedAsync(partition, lease, cancellation) is { } claim && request.Classes.Any(demand => demand.Class == claim.Step.Class))
                claimed.AddRange(await UnpackAsync(claim));
        }
    }

    /// <param name="Incarnation">Whose a lease is.</param>
    /// <param name="FollowUps">How many steps have been handed out since the last claim, this one included.</param>
    private readonly record struct Holding(Guid Incarnation, int FollowUps);
}
