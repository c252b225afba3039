using System.Buffers.Binary;
using System.Text;
using Ripieno.Redis;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Conformance;
using Ripieno.Stores.Tests.Redis.Servers;
using StackExchange.Redis;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A check says nothing about a store in which everything happens, and finds each thing that a hand has changed in it.</summary>
public sealed class RedisCheckTests : StoreConformance<RedisFixture>
{
    private const int Open = 10, Failed = 14, Events = 18, Lanes = 66, Pending = 22, OpenMembers = 30, Owner = 50, Fan = 54, Due = 74;

    private static readonly Dictionary<string, (string Problem, Func<Hand, Task> Damage)> Damages = new(StringComparer.Ordinal)
    {
        ["open"] = ("r: its count of open steps is wrong", hand => hand.RaiseAsync("r", "v", Open)),
        ["failed"] = ("bad: its count of failed steps is wrong", hand => hand.RaiseAsync("bad", "v", Failed)),
        ["events"] = ("r: its events have a gap", hand => hand.RaiseAsync("r", "v", Events)),
        ["event"] = ("r: its events have a gap", hand => hand.Db.HashDeleteAsync(hand.Of.Run("r"), "e2")),
        ["counts"] = ("r: its counts of steps by status are wrong", hand => hand.Db.HashSetAsync(hand.Of.Run("r"), "n", new byte[40])),
        ["ready"] = ("r: its list of ready steps does not agree with its steps", hand => hand.Db.KeyDeleteAsync(hand.Of.Ready("r"))),
        ["pending"] = ("r after: a step waits for a wrong number of dependencies", hand => hand.RaiseAsync("r", "s4", Pending)),
        ["members"] = ("r root: a group counts a wrong number of open members", hand => hand.RaiseAsync("r", "s0", OpenMembers)),
        ["owner"] = ("r ready: a step has an owner without running, or runs without one", hand => hand.RaiseAsync("r", "s3", Owner)),
        ["due"] = ("r ready: a step has a due time without waiting, or waits without one", hand => hand.RaiseAsync("r", "s3", Due + 4)),
        ["other due"] = ("r wait: a step would become due at another time than its own", hand => hand.Db.SortedSetIncrementAsync(hand.Of["due"], new Place("r", 1).Encode(), 1)),
        ["not due"] = ("r step 1: a step would become due that does not wait", hand => hand.Db.SortedSetRemoveAsync(hand.Of["waits"], new Place("r", 1).Encode())),
        ["waits"] = ("r: the waiting steps do not agree with its steps", hand => hand.Db.SortedSetRemoveAsync(hand.Of["waits"], new Place("r", 1).Encode())),
        ["lease"] = ("r: the leases do not agree with its steps", hand => hand.Db.KeyDeleteAsync(hand.Of["leases"])),
        ["held"] = ("instance 1: its count of steps that it holds is wrong", hand => hand.Db.HashIncrementAsync(hand.Of["held"], 1)),
        ["alone"] = ("instance 1: it is alone with a step that it does not hold", hand => hand.Db.HashSetAsync(hand.Of["alone"], 1, new Place("r", 3).Encode())),
        ["suspects"] = ("sus: the suspects do not agree with its steps", hand => hand.Db.KeyDeleteAsync(hand.Of["suspects"])),
        ["kept"] = ("r step 3: a step is kept for an instance without being a suspect", hand => hand.Db.HashSetAsync(hand.Of["kept"], new Place("r", 3).Encode(), 1)),
        ["dead"] = ("dead s: a dead-lettered step is not listed as such", hand => hand.Db.KeyDeleteAsync(hand.Of["dead"])),
        ["not dead"] = ("r step 3: a step is listed as dead-lettered without being so", hand => hand.Db.SortedSetAddAsync(hand.Of["dead"], new Place("r", 3).Encode(), 1)),
        ["dependents"] = ("r ready: a step would tell the wrong dependents of its end", hand => hand.Db.HashSetAsync(hand.Of.Run("r"), "d3", new byte[] { 0, 0, 0, 1 })),
        ["fan"] = ("r ready: a step would tell the wrong dependents of its end", hand => hand.RaiseAsync("r", "s3", Fan)),
        ["ring"] = ("r: it has ready steps that no claim would find", hand => hand.Db.KeyDeleteAsync(hand.Of["ring"])),
        ["lane"] = ("r: it has ready steps that no claim would find", hand => hand.SetLanesAsync("r")),
        ["no lane"] = ("r: it stands in a ring where it does not wait", hand => hand.SetLanesAsync("r")),
        ["other lane"] = ("done: claims would look for ready steps that it has not", hand => hand.SetLanesAsync("done", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)),
        ["share"] = ("default: its share does not agree with its waiting runs", async hand =>
            await hand.Db.HashIncrementAsync(hand.Of["share"], (await hand.Db.HashKeysAsync(hand.Of["share"]))[0])),
        ["all shares"] = ("the tenants' shares do not agree with their sum", async hand =>
            await hand.Db.HashIncrementAsync(hand.Of["share"], (await hand.Db.HashKeysAsync(hand.Of["share"])).First(key => ((byte[])key!)[^1] == 0))),
        ["status list"] = ("r: the lists of runs do not agree with its status", hand => hand.Db.SortedSetRemoveAsync(hand.Of["runs:0"], "r")),
        ["ended list"] = ("bad: the lists of runs do not agree with its status", hand => hand.Db.SortedSetIncrementAsync(hand.Of["ended:2"], "bad", 1)),
        ["unfinished"] = ("r: the lists of runs do not agree with its status", hand => hand.Db.SortedSetAddAsync(hand.Of["unfinished"], "r", 1)),
        ["stray"] = ("ghost: 'ended:1' has a run that is not there", hand => hand.Db.SortedSetAddAsync(hand.Of["ended:1"], "ghost", 1)),
        ["lost run"] = ("done: 'runs' has a run that is not there", hand => hand.Db.KeyDeleteAsync(hand.Of.Run("done"))),
        ["store"] = ("the store's count of open steps is wrong", hand => hand.Db.HashIncrementAsync(hand.Of["store"], "open")),
        ["content"] = ("done a: a content is missing", hand => hand.DeleteContentsAsync("done")),
        ["input"] = ("done: its input is missing", hand => hand.DeleteContentsAsync("done")),
        ["flipped content"] = ("done: a content is not what was stored", async hand =>
            await hand.FlipAsync(hand.Of.Run("done"), (await hand.ContentsAsync("done"))[0])),
        ["flipped result"] = ("done b: a content is not what was stored", hand => hand.FlipAsync(hand.Of.Run("done"), "r1")),
        ["snapshot"] = ("done: its snapshot is missing", hand => hand.Db.HashDeleteAsync(hand.Of["snapshots"], hand.Snapshot)),
        ["flipped snapshot"] = ("a snapshot: a content is not what was stored", hand => hand.FlipAsync(hand.Of["snapshots"], hand.Snapshot)),
        ["uses"] = ("a snapshot: it counts a wrong number of runs that use it", hand => hand.Db.HashIncrementAsync(hand.Of["snapshots"], (byte[])[(byte)'r', .. hand.Snapshot])),
        ["unregistered"] = ("r step 2: a step's owner is not registered", hand => hand.Db.KeyDeleteAsync(hand.Of["instances"])),
        ["name"] = ("instance other: its id belongs to one that is not registered", hand => hand.Db.HashSetAsync(hand.Of["names"], "other", new byte[16])),
        ["number"] = ("instance worker: it is not found by its number", hand => hand.Db.HashDeleteAsync(hand.Of["instances"], "o1")),
        ["silent"] = ("instance worker: it would be found silent at another time than its own, or never", hand => hand.Db.SortedSetRemoveAsync(hand.Of["expiry"], 1)),
        ["silent nobody"] = ("instance 99: it would be found silent without being registered", hand => hand.Db.SortedSetAddAsync(hand.Of["expiry"], 99, 1)),
        ["hours"] = ("the hourly figures do not agree with their order", hand => hand.Db.KeyDeleteAsync(hand.Of["hours"])),
        ["limits"] = ("the permits do not agree with their limits", hand => hand.Db.KeyDeleteAsync(hand.Of["limits"])),
        ["tenant"] = ("tenant default: its count of runs that have not ended is wrong", hand => hand.Db.HashIncrementAsync(hand.Of["tenants"], "default")),
        ["flipped input"] = ("done a: its input is not what was stored", hand => hand.FlipAsync(hand.Of.Run("done"), "x0")),
        ["small"] = ("sus s: a step has an owner without running, or runs without one", async hand => await hand.RaiseAsync("sus", "v", await hand.FirstStepAsync("sus") + Owner)),
        ["cut"] = ("r: The state of a step is cut short or malformed", hand => hand.Db.HashSetAsync(hand.Of.Run("r"), "s1", "short")),
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [Fact]
    public async Task A_store_in_which_everything_happens_is_sound()
    {
        await FillAsync();

        var check = await Store.CheckAsync(None);

        Assert.Empty(check.Problems);
        Assert.Equal(
            [(RunStatus.Running, 2), (RunStatus.Succeeded, 1), (RunStatus.Failed, 2), (RunStatus.Cancelled, 1)], check.Runs.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal((17, 0), (check.Steps, check.Pending));
        Assert.True(check.Bytes > 0);
        Assert.Equal(
            ["append-only file", "identity", "memory", "memory free", "memory limit", "partitions", "schema", "server"], check.Facts.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_is_changed_by_hand_is_found(string name)
    {
        await FillAsync();
        var (problem, damage) = Damages[name];
        await using var server = await ConnectionMultiplexer.ConnectAsync((await RedisServer.SharedAsync()).Endpoint);

        await damage(new(server.GetDatabase(), new(Fixture.Prefix, 0), (await RunAsync("done")).SnapshotHash.ToBytes()));

        Assert.Contains(problem, (await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task At_most_a_hundred_problems_are_told()
    {
        await SubmitAsync("r", [.. Enumerable.Range(0, 150).Select(i => Step("s" + i))]);
        await using var server = await ConnectionMultiplexer.ConnectAsync((await RedisServer.SharedAsync()).Endpoint);
        var hand = new Hand(server.GetDatabase(), new(Fixture.Prefix, 0), []);
        for (var i = 0; i < 150; i++)
            await hand.RaiseAsync("r", "s" + i, Owner);
        Assert.Equal(100, (await Store.CheckAsync(None)).Problems.Count);
    }

    [Fact]
    public async Task A_store_at_work_is_found_sound()
    {
        await SubmitAsync("r", [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? Step("s" + i) : Step("s" + i, "s" + (i - i % 3)))]);
        var checking = CheckAsync();

        await DrainAsync();
        await SubmitAsync("again", Step("a"));
        await Store.DeleteRunsAsync(["r"], None);
        await DrainAsync();

        Assert.All(await checking, problems => Assert.Empty(problems));

        async Task<List<IReadOnlyList<string>>> CheckAsync()
        {
            var found = new List<IReadOnlyList<string>>();
            for (var i = 0; i < 20; i++)
                found.Add((await Store.CheckAsync(None)).Problems);
            return found;
        }
    }

    /// <summary>Runs in every state, steps in every status.</summary>
    private async Task FillAsync()
    {
        await SubmitAsync("dead", Step("s"));
        for (var death = 0; death < 4; death++)
            await DieAsync("dead");
        await SubmitAsync("sus", Step("s"), Step("t", "s"));
        for (var death = 0; death < 2; death++)
            await DieAsync("sus");
        await Store.SubmitAsync(Run("done", Step("a") with { Input = "in"u8.ToArray() }, Step("b")) with { Input = "input"u8.ToArray() }, None);
        await ClaimAsync(run: "done");
        await CompleteAsync("a", new() { Result = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 2000))), Artifacts = [new("file", "artifact"u8.ToArray())] });
        await CompleteAsync("b", new() { Result = "small"u8.ToArray() });
        await SubmitAsync("bad", Step("x"), Step("y", "x"));
        await ClaimAsync(run: "bad");
        await FailAsync("x");
        await SubmitAsync("gone", Step("g"));
        await Store.CancelAsync("gone", None);
        await SubmitAsync("r", Step("root"), Step("wait"), Step("run"), Step("ready"), Step("after", "ready"));
        await ClaimAsync(run: "r");
        await ExpandAsync("root", ExpansionTarget.Self, Step("m1"), Step("m2", "m1"), Step("m3", "m2"), Step("m4", "m3"));
        await FailAsync("wait", TimeSpan.FromSeconds(10));
        await Store.ReleaseAsync(LeaseOf("ready"), None);
        await Store.AcquirePermitAsync(new("limit", 2, 1, Worker, Guid.NewGuid(), TimeSpan.FromMinutes(1)), None);
        await Store.SettleAsync(None);
    }

    private async Task DieAsync(string run)
    {
        var mortal = await RegisterAsync("mortal");
        Assert.NotEmpty(await ClaimAsync(by: mortal, run: run));
        await Store.EndInstanceAsync(mortal, InstanceEnd.Died, None);
    }

    private sealed record Hand(IDatabase Db, Partition Of, byte[] Snapshot)
    {
        /// <summary>One more in a number of four bytes.</summary>
        public async Task RaiseAsync(string run, string field, int at)
        {
            var value = ((byte[])(await Db.HashGetAsync(Of.Run(run), field))!).ToArray();
            var number = value.AsSpan(at, 4);
            BinaryPrimitives.WriteUInt32BigEndian(number, BinaryPrimitives.ReadUInt32BigEndian(number) + 1);
            await Db.HashSetAsync(Of.Run(run), field, value);
        }

        /// <summary>Where the first step of a small run begins in its value.</summary>
        public async Task<int> FirstStepAsync(string run)
        {
            var value = (byte[])(await Db.HashGetAsync(Of.Run(run), "v"))!;
            var state = RunValue.Decode(value);
            return value.Length - state.Next * StepValue.Size - 1 - state.Small!.Dependencies.Count * 2
                - state.Small.Steps.Sum(step => step?.Reason is { } reason ? 5 + Encoding.UTF8.GetByteCount(reason) : 0);
        }

        /// <summary>Lanes of 15 bytes in place of those that the run has.</summary>
        public async Task SetLanesAsync(string run, params byte[] lanes)
        {
            const int Lane = 15;
            var value = (byte[])(await Db.HashGetAsync(Of.Run(run), "v"))!;
            var wide = value[(Lanes + 2)..(Lanes + 4)];
            var rest = value[(Lanes + 4 + BinaryPrimitives.ReadUInt16BigEndian(value.AsSpan(Lanes)) * Lane)..];
            await Db.HashSetAsync(Of.Run(run), "v", (byte[])[.. value[..Lanes], 0, (byte)(lanes.Length / Lane), .. wide, .. lanes, .. rest]);
        }

        public async Task<RedisValue[]> ContentsAsync(string run) => [.. (await Db.HashKeysAsync(Of.Run(run))).Where(field => field.Length() == 33 && ((byte[])field!)[0] == 'c')];

        public async Task DeleteContentsAsync(string run) => await Db.HashDeleteAsync(Of.Run(run), await ContentsAsync(run));

        public async Task FlipAsync(RedisKey key, RedisValue field)
        {
            var value = ((byte[])(await Db.HashGetAsync(key, field))!).ToArray();
            value[^1] ^= 1;
            await Db.HashSetAsync(key, field, value);
        }
    }
}
