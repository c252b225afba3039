using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>SIGTERM to a worker under load: what is under way finishes or is handed back, and the process is gone in time.</summary>
public abstract class StoppedInstanceTests(ITestOutputHelper output, bool onRedis)
{
    private const int Slots = 6;

    /// <summary>For aborting calls, the last commit and the end of a process on a busy machine, beyond the grace time itself.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Within_the_grace_time_steps_under_way_finish()
    {
        var seed = Storms.Seed(1701);
        var rounds = Storms.Long ? 20 : 1;
        var grace = TimeSpan.FromSeconds(60);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(500), RevisionRate = 0.2 });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("staying", slots: 2);

        var (finished, longest) = (0, TimeSpan.Zero);
        for (var round = 0; round < rounds; round++)
        {
            await ledger.AcceptAsync($"run-{round}", tasks: 10);
            await fleet.StartAsync("leaving", Slots, null, "--grace", "60s");
            await Storms.UntilAsync("it is under load", async () => (await fleet.RunningAsync("leaving", ledger.Accepted)).Count >= 3);
            var held = await fleet.RunningAsync("leaving", ledger.Accepted);
            longest = await LeaveAsync(fleet, ledger, longest);
            foreach (var (run, step) in held)
            {
                var after = await fleet.StepAsync(run, step.Key);
                Assert.Equal(step.Epoch, after.Epoch);
                Assert.True(after.Status is StepStatus.Succeeded or StepStatus.Expanded, $"{run}/{step.Key} is {after.Status}.");
                finished++;
            }
        }

        await fleet.DrainedAsync(ledger.Accepted);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {rounds} SIGTERM, {finished} steps under way finished, gone after {longest.TotalMilliseconds:0} ms at most; {findings}");
        findings.AssertKept();
        Assert.True(longest < grace, $"It took {longest}.");
        Assert.Equal((0L, 0, 0), (findings.Repeated, findings.Released, findings.ExtraCalls));
        Assert.True(finished >= 3 * rounds, "Each signal must have hit a worker under load.");
    }

    [Fact]
    public async Task After_the_grace_time_steps_under_way_are_handed_back_and_the_other_goes_on_with_them()
    {
        var seed = Storms.Seed(1702);
        var rounds = Storms.Long ? 20 : 1;
        var grace = TimeSpan.FromSeconds(1);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(50), RevisionRate = 0.2 });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);

        var longest = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            for (var run = 0; run < Slots; run++)
                await ledger.AcceptAsync($"run-{round}-{run}", tasks: 2);
            // Calls that never end by themselves: only handing back gets rid of them.
            simulator.Fail(Slots, FaultKind.HangBeforeHeaders);
            await fleet.StartAsync("leaving", Slots, null, "--grace", "1s");
            await simulator.WhenAsync(server => server.InFlight == Slots);
            await fleet.StartAsync("staying", Slots);
            longest = await LeaveAsync(fleet, ledger, longest);
            await fleet.DrainedAsync(ledger.Accepted);
            fleet["staying"].Signal("TERM");
            (await fleet.EndedAsync("staying")).Exits(0);
        }

        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {rounds} SIGTERM, {findings.Released} steps handed back, gone {(longest - grace).TotalMilliseconds:0} ms after the grace time at most; {findings}");
        findings.AssertKept();
        Assert.True(longest < grace + Slack, $"It took {longest}.");
        Assert.Equal((rounds * Slots, (long)rounds * Slots, 0L), (findings.Released, findings.Repeated, findings.Deaths));
    }

    private static async Task<TimeSpan> LeaveAsync(Fleet fleet, Ledger ledger, TimeSpan longest)
    {
        var watch = Stopwatch.StartNew();
        fleet["leaving"].Signal("TERM");
        (await fleet.EndedAsync("leaving")).Exits(0);
        var took = watch.Elapsed;
        Assert.Empty(await fleet.RunningAsync("leaving", ledger.Accepted));
        Assert.DoesNotContain(await (await fleet.StoreAsync()).ListInstancesAsync(CancellationToken.None), instance => instance.Id == "leaving");
        return took > longest ? took : longest;
    }
}
