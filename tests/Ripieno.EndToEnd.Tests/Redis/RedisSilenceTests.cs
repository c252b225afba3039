using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>A Redis, or the way to it, that neither answers nor refuses.</summary>
[Collection(Collections.Redis)]
public sealed class RedisSilenceTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Promise", "I3")]
    public async Task A_server_frozen_under_load_costs_nothing_but_time()
    {
        var seed = Storms.Seed(2201);
        var freezes = Storms.Long ? 5 : 1;
        await using var fleet = await RedisFleet.StartAsync(seed, lease: "3s");

        var (hit, refused) = (0, 0);
        for (var freeze = 0; freeze < freezes; freeze++)
        {
            await fleet.AcceptAsync(runs: 2, tasks: 10);
            await fleet.UnderLoadAsync();
            hit += (await fleet.HeldAsync()).Count;
            await fleet.Redis.FreezeAsync();
            var run = fleet.NextRun();
            var submitted = fleet.Ledger.SubmitAsync(run, tasks: 2);
            // Longer than the lease; the long version is longer than any operation is repeated.
            await Task.Delay(TimeSpan.FromSeconds(Storms.Long ? 30 : 5));
            fleet.Redis.Thaw();
            if ((await submitted).ExitCode == 0)
                continue;
            refused++;
            await fleet.Ledger.AcceptAsync(run, tasks: 2);
        }

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: {freezes} freezes of the server, {hit} steps under way, {refused} submissions refused, said to be away {fleet.Logged("the store is away")} times; {findings}");
        findings.AssertKept();
        Assert.Equal(0L, findings.Deaths);
        Assert.True(hit >= freezes, "Each freeze must have come under load.");
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task A_worker_whose_connections_are_half_open_makes_new_ones()
    {
        var seed = Storms.Seed(2202);
        var cuts = Storms.Long ? 10 : 1;
        await using var fleet = await RedisFleet.StartAsync(seed, lease: "3s");
        await using var proxy = new LossyProxy(fleet.Redis.Host, fleet.Redis.Port, oneIn: 0, seed);
        await fleet.Workers.StartAsync("cut", slots: 3, null, "--store", "redis:" + proxy.Endpoint);

        var (silenced, hit) = (0, 0);
        for (var cut = 0; cut < cuts; cut++)
        {
            await ExecutesAsync();
            hit += (await fleet.Workers.RunningAsync("cut", fleet.Ledger.Accepted)).Count;
            silenced += proxy.Silence();
            await Storms.UntilAsync("its lease is over", async () => (await fleet.Workers.RunningAsync("cut", fleet.Ledger.Accepted)).Count == 0);
            await ExecutesAsync();
        }

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: {silenced} connections left half open in {cuts} cuts, {hit} steps under way there; {findings}");
        findings.AssertKept();
        Assert.True(silenced >= cuts, "Each cut must have silenced a connection.");

        // Gives work to all until it has some.
        async Task ExecutesAsync()
        {
            while ((await fleet.Workers.RunningAsync("cut", fleet.Ledger.Accepted)).Count == 0)
            {
                if (!await fleet.Workers.HasWorkAsync(fleet.Ledger.Accepted))
                    await fleet.AcceptAsync(runs: 2, tasks: 10);
                await Task.Delay(5);
            }
        }
    }
}
