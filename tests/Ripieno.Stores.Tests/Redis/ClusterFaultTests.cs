using System.Collections.Concurrent;
using System.Diagnostics;
using Ripieno.Errors;
using Ripieno.Redis;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>What happens to the servers of a Cluster under a store. Each test says how often its fault was there, and fails when it never was.</summary>
public sealed class ClusterFaultTests
{
    private const string Partition0 = "{ripieno:0}:store";

    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>So long that only what a test does makes a replica take over.</summary>
    private static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<string> _warnings = [];

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_takeover_by_hand_loses_nothing_and_does_nothing_twice()
    {
        await using var cluster = await RedisCluster.StartAsync(NodeTimeout);
        // Nobody votes for a replica of which it has not heard that it is one.
        await cluster.AgreedAsync();
        await using var store = await OpenAsync(cluster);
        await using var other = await OpenAsync(cluster);
        var load = new AcknowledgedLoad([store, other], workers: 6);
        // There, and in the long version back: nobody votes twice for the same within a time that is long here.
        var takeovers = Storms.Long ? 6 : 3;

        var longest = TimeSpan.Zero;
        for (var i = 0; i < takeovers; i++)
        {
            await load.GoOnAsync(30);
            var slot = i % 3 * 16384 / 3;
            var master = await cluster.MasterOfSlotAsync(slot);
            var replica = await cluster.ReplicaOfAsync(master);
            var began = Stopwatch.GetTimestamp();
            for (var look = 0; await cluster.MasterOfSlotAsync(slot) == master; look++)
            {
                // It gives up by itself after 5 s.
                if (look % 1000 == 0)
                    await replica.CallAsync("CLUSTER", "FAILOVER");
                Assert.True(look < 10_000, "The replica does not take over.");
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, None);
            }

            await load.GoOnAsync(30);
            longest = Stopwatch.GetElapsedTime(began) is var took && took > longest ? took : longest;
            await cluster.HealthyAsync();
        }

        Say($"{takeovers} takeovers by hand, at most {longest.TotalMilliseconds:0} ms until 30 more results were acknowledged; {await load.EndAsync(store)}");
        Assert.Empty(_warnings);
        Assert.Equal(0, load.Told);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task Slots_that_move_under_load_lose_nothing_and_half_do_nothing()
    {
        await using var cluster = await RedisCluster.StartAsync(NodeTimeout);
        await using var store = await OpenAsync(cluster, partitions: 4);
        await using var other = await OpenAsync(cluster);
        var load = new AcknowledgedLoad([store, other], workers: 6);
        var slot = await cluster.SlotAsync(Partition0);
        var (moves, keys) = (Storms.Long ? 20 : 3, 0);

        for (var i = 0; i < moves; i++)
        {
            await load.GoOnAsync(30);
            var from = await cluster.MasterOfSlotAsync(slot);
            var to = cluster.Nodes.Take(3).First(node => node != from);
            keys += await cluster.MoveSlotAsync(slot, to, () => Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, None));
        }

        await load.GoOnAsync(30);
        var (again, asked, moved) = (0L, 0L, 0L);
        foreach (var node in cluster.Nodes)
        {
            again += await CountAsync(node, "TRYAGAIN");
            asked += await CountAsync(node, "ASK");
            moved += await CountAsync(node, "MOVED");
        }

        Say($"{moves} moves of a slot with {keys} keys, {again} times TRYAGAIN, {asked} ASK, {moved} MOVED; {await load.EndAsync(store)}");
        Assert.True(again > 0, "Nothing was asked for while the slot moved.");
        Assert.True(moved > 0, "Nothing was asked for at the place where the slot had been.");
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Promise", "I1")]
    public async Task What_a_takeover_has_lost_is_noticed_by_all_who_knew_of_it(bool othersWentOn)
    {
        await using var cluster = await RedisCluster.StartAsync(NodeTimeout);
        await using var store = await OpenAsync(cluster, partitions: 1);
        var silent = new ConcurrentQueue<string>();
        await using var other = await OpenAsync(cluster, warned: silent.Enqueue);
        await store.SubmitAsync(Samples.Run("before"), None);
        await other.SubmitAsync(Samples.Run("before-too"), None);
        var (master, replica) = await CutOffAsync(cluster);
        const int Lost = 5;
        for (var i = 0; i < Lost; i++)
            await store.SubmitAsync(Samples.Run($"lost{i}"), None);

        await TakeOverAsync(master, replica);
        // Then the counter has gone past what this process has seen when it calls again.
        for (var i = 0; othersWentOn && i < 2 * Lost; i++)
            await other.SubmitAsync(Samples.Run($"other{i}"), None);
        await store.SubmitAsync(Samples.Run("after"), None);

        Say(string.Join("; ", _warnings));
        Assert.Contains($"lost its last {Lost} commits", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.StartsWith($"{Lost} ", (await store.CheckAsync(None)).Facts["lost commits"], StringComparison.Ordinal);
        // It knew of nothing that is gone.
        Assert.Empty(silent);
        Assert.Equal(othersWentOn ? 13 : 3, (await store.ListRunsAsync(null, null, 100, None)).Count);
        for (var i = 0; i < Lost; i++)
            Assert.Equal(SubmitOutcome.Created, await store.SubmitAsync(Samples.Run($"lost{i}"), None));
        Assert.Empty((await store.CheckAsync(None)).Problems);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task With_a_replica_to_acknowledge_nothing_is_acknowledged_that_a_takeover_loses()
    {
        await using var cluster = await RedisCluster.StartAsync(NodeTimeout);
        await using var store = await OpenAsync(cluster, partitions: 1, acknowledge: Acknowledgement.Replica);
        await store.SubmitAsync(Samples.Run("kept"), None);
        var (master, replica) = await CutOffAsync(cluster);

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => store.SubmitAsync(Samples.Run("unknown"), None));

        Say(unknown.Message);
        Assert.Contains("no replica has it", unknown.Message, StringComparison.Ordinal);
        await TakeOverAsync(master, replica);
        await master.RestartAsync();
        await cluster.HealthyAsync();
        // Not acknowledged, so the caller repeats it; and then it is there for good.
        await RepeatAsync(() => store.SubmitAsync(Samples.Run("unknown"), None));
        await TakeOverAsync(replica, master);
        await RepeatAsync(() => store.FindRunAsync("unknown", None));
        Assert.NotNull(await store.FindRunAsync("kept", None));
        Assert.NotNull(await store.FindRunAsync("unknown", None));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Says_what_it_consists_of_and_refuses_a_cluster_of_which_one_node_would_lose_runs()
    {
        await using var cluster = await RedisCluster.StartAsync(NodeTimeout);
        await cluster.AgreedAsync();
        await using (var store = await OpenAsync(cluster))
        {
            Assert.EndsWith(", Cluster of 3 masters and 3 replicas, 16384 of 16384 slots covered", store.Description.Engine, StringComparison.Ordinal);
            Assert.Contains("A replica that takes over lacks", store.Description.Durability, StringComparison.Ordinal);
            Assert.Equal("16", (await store.CheckAsync(None)).Facts["partitions"]);
        }

        await cluster.Nodes[5].CallAsync("CONFIG", "SET", "appendonly", "no");

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => OpenAsync(cluster));
        Assert.Contains($"{cluster.Nodes[5].Endpoint} keeps no append-only file", refusal.Message, StringComparison.Ordinal);
    }

    private Task<RedisStore> OpenAsync(RedisCluster cluster, int? partitions = null, Action<string>? warned = null, Acknowledgement acknowledge = Acknowledgement.Local) => RedisStore.OpenAsync(
        new()
        {
            Endpoints = [.. cluster.Nodes.Select(node => node.Endpoint)],
            Partitions = partitions,
            Warned = warned ?? _warnings.Enqueue,
            Acknowledge = acknowledge,
            Patience = TimeSpan.FromSeconds(acknowledge == Acknowledgement.Replica ? 3 : 60),
        },
        TimeProvider.System, None);

    /// <summary>From now on the replica of the first partition's master is sent nothing any more.</summary>
    private static async Task<(RedisServer Master, RedisServer Replica)> CutOffAsync(RedisCluster cluster)
    {
        var master = await cluster.MasterOfAsync(Partition0);
        var replica = await cluster.ReplicaOfAsync(master);
        // It has everything so far.
        Assert.Equal(1L, await master.CallAsync("WAIT", "1", "60000"));
        await replica.CallAsync("CONFIG", "SET", "masterauth", "not-the-password");
        await master.CallAsync("CLIENT", "KILL", "TYPE", "replica");
        return (master, replica);
    }

    private static async Task TakeOverAsync(RedisServer master, RedisServer replica)
    {
        await master.KillAsync();
        await replica.CallAsync("CONFIG", "SET", "masterauth", "");
        await replica.CallAsync("CLUSTER", "FAILOVER", "TAKEOVER");
    }

    private static async Task RepeatAsync(Func<Task> operation)
    {
        while (true)
        {
            try
            {
                await operation();
                return;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, None);
            }
        }
    }

    private static async Task<long> CountAsync(RedisServer node, string error)
    {
        var mark = $"errorstat_{error}:count=";
        var line = ((string)(await node.CallAsync("INFO", "errorstats"))!).Split("\r\n").FirstOrDefault(line => line.StartsWith(mark, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[mark.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
