using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>The master is killed under three workers while runs are submitted, and a replica takes over.</summary>
[Collection(Collections.Redis)]
public sealed class TakeoverTests(ITestOutputHelper output)
{
    private const string Canary = "hunter2-canary";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    /// <summary>Rows 12 and 15: after a kill a takeover can lose what the replica had not been sent; no more than this may be lost, and it must be said.</summary>
    private static readonly TimeSpan MostLost = TimeSpan.FromSeconds(2);

    [Fact]
    [Trait("Promise", "I1")]
    public async Task Of_a_cluster()
    {
        var cluster = await RedisCluster.StartAsync(Silence);
        await using var fleet = await RedisFleet.StartAsync(Storms.Seed(2201), cluster, "redis:" + cluster.Endpoints, lease: "5s");
        await StormAsync(fleet, cluster.HealthyAsync, MasterAsync, async (run, master) =>
        {
            while (await MasterAsync(run) == master)
                await Task.Delay(10);
        });

        // Of the run that is being accepted, so that the kill hits somebody.
        Task<RedisServer> MasterAsync(string run) => cluster.MasterOfAsync($"{{ripieno:{Ripieno.Redis.Partition.Of(run, 16)}}}:store");

        await cluster.AgreedAsync();
        var check = await CheckAsync(fleet);
        Assert.Contains("Cluster of 3 masters and 3 replicas, 16384 of 16384 slots covered", check, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task Of_a_pair_that_sentinels_watch()
    {
        var pair = await RedisSentinels.StartAsync(Silence, Canary);
        var address = $"redis+sentinel://:{Canary}@{string.Join(',', pair.Endpoints)}/{RedisSentinels.Service}";
        await using var fleet = await RedisFleet.StartAsync(Storms.Seed(2202), pair, address, lease: "5s");
        await StormAsync(fleet, pair.HealthyAsync, _ => pair.MasterAsync(), (_, master) => pair.TakenOverAsync(master));

        var check = await CheckAsync(fleet);
        Assert.Contains($"Sentinel service main, master {(await pair.MasterAsync()).Endpoint} with 1 replicas", check, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, check, StringComparison.Ordinal);
    }

    private async Task StormAsync(RedisFleet fleet, Func<Task> healthyAsync, Func<string, Task<RedisServer>> masterAsync, Func<string, RedisServer, Task> takenOverAsync)
    {
        var kills = Storms.Long ? 10 : 1;
        var (hit, refused, lost, oldest, longest) = (0, 0, 0, TimeSpan.Zero, TimeSpan.Zero);
        var accepted = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        for (var kill = 0; kill < kills; kill++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AcceptAsync(fleet.NextRun(), tasks: 8)));
            await fleet.UnderLoadAsync();
            hit += (await fleet.HeldAsync()).Count;
            // On its way while the master dies.
            var run = fleet.NextRun();
            var submitted = fleet.Ledger.SubmitAsync(run, tasks: 2);
            var last = fleet.Ledger.Accepted[^1];
            var master = await masterAsync(last);
            await master.KillAsync();
            var died = Stopwatch.GetTimestamp();
            await takenOverAsync(last, master);
            // Workers go on by themselves.
            var next = fleet.NextRun();
            while ((await fleet.Ledger.SubmitAsync(next, tasks: 2)).ExitCode != 0)
                refused++;
            await fleet.Workers.DrainedAsync([next]);
            longest = Stopwatch.GetElapsedTime(died) is var took && took > longest ? took : longest;
            if ((await submitted).ExitCode != 0)
                refused++;
            await master.RestartAsync();
            await healthyAsync();
            var store = await fleet.Workers.StoreAsync();
            foreach (var known in fleet.Ledger.Accepted.ToList())
            {
                if (await store.FindRunAsync(known, CancellationToken.None) is not null)
                    continue;
                lost++;
                var age = accepted.TryGetValue(known, out var at) ? Stopwatch.GetElapsedTime(at, died) : TimeSpan.Zero;
                oldest = age > oldest ? age : oldest;
                await fleet.Ledger.AcceptAsync(known, tasks: fleet.Ledger.Tasks[known]);
            }

            await fleet.Ledger.AcceptAsync(run, tasks: 2);
        }

        var findings = await fleet.EndAsync();
        var said = fleet.Logged("has lost its last");
        output.Tell($"{kills} masters killed, {hit} steps under way, {refused} submissions refused, at most {longest.TotalSeconds:0.0} s until a run was accepted and done again; {lost} of {fleet.Ledger.Accepted.Count} accepted runs lost (the oldest {oldest.TotalMilliseconds:0} ms old) "
            + $"and submitted again, said {said} times by workers; {findings.UnexplainedCalls.Count} calls and {findings.StaleWrites.Count} reports of what was lost; {findings}");
        findings.AssertKeptAfterLoss();
        Assert.True(hit >= kills, "Each kill must have come under load.");
        Assert.True(oldest <= MostLost, $"A run was lost {oldest} after it was accepted.");
        // What workers had done is lost too when reports are: they say so.
        if (findings.StaleWrites.Count > 0)
            Assert.True(said > 0, "No worker said that commits were lost.");

        async Task AcceptAsync(string run, int tasks)
        {
            await fleet.Ledger.AcceptAsync(run, tasks);
            accepted[run] = Stopwatch.GetTimestamp();
        }
    }

    private static async Task<string> CheckAsync(RedisFleet fleet)
    {
        var doctor = (await RipienoProcess.RunAsync(fleet.Workspace, ["doctor", .. fleet.Workspace.StoreOptions])).Output;
        var check = (await RipienoProcess.RunAsync(fleet.Workspace, ["store", "check", "--json", .. fleet.Workspace.StoreOptions])).Exits(0).Output;
        Assert.True(JsonDocument.Parse(check).RootElement.GetProperty("ok").GetBoolean());
        return string.Join(' ', doctor.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)) + check;
    }
}
