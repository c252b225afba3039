using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Many;

/// <summary>A new version comes: each instance is told to stop and replaced, one after another, while the work goes on.</summary>
[Collection(Collections.Redis)]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Slots = 3;

    private static readonly string[] Instances = ["one", "two", "three", "four"];

    [Fact]
    [Trait("Promise", "I6")]
    public async Task Four_instances_are_replaced_under_load_and_nothing_is_failed_lost_or_executed_twice()
    {
        var seed = Storms.Seed(1710);
        var rounds = Storms.Long ? 10 : 1;
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromSeconds(1), RevisionRate = 0.2 });
        await using var redis = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        using var workspace = new Workspace(redis.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await Task.WhenAll(Instances.Select(instance => fleet.StartAsync(instance, Slots)));
        var feeder = new Feeder(fleet, ledger, tasks: 16, open: 3);

        var underWay = 0;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var instance in Instances)
            {
                await feeder.UntilAsync($"{instance} is under load", async () => (await fleet.RunningAsync(instance, feeder.Open)).Count > 0);
                fleet[instance].Signal("TERM");
                underWay += (await fleet.RunningAsync(instance, feeder.Open)).Count;
                (await fleet.EndedAsync(instance)).Exits(0);
                await fleet.StartAsync(instance, Slots);
            }
        }

        await fleet.DrainedAsync(ledger.Accepted);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        var failed = 0;
        foreach (var run in ledger.Accepted)
            failed += (await fleet.EventsAsync(run)).Count(item => item.Kind is RunEventKind.StepFailed or RunEventKind.StepRetried or RunEventKind.StepSkipped or RunEventKind.DeadLettered);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {rounds * Instances.Length} instances replaced with {underWay} steps under way; {failed} failed tries; {findings}");
        findings.AssertKept();
        Assert.True(underWay > 0, "Signals must have hit workers under load.");
        Assert.Equal((0, 0L, 0, 0), (failed, findings.Repeated, findings.ExtraCalls, findings.Released));
        Assert.Equal(simulator.Requests.Length, simulator.Requests.Count(request => request.Outcome == RequestOutcome.Answered));
    }
}
