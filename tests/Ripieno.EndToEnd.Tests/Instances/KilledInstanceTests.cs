using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>Worker processes that are killed while others, or nobody, are left.</summary>
public abstract class KilledInstanceTests(ITestOutputHelper output, bool onRedis)
{
    private static readonly SimulatorOptions Server = new() { Slots = 64, Latency = TimeSpan.FromMilliseconds(400), RevisionRate = 0.2 };

    [Fact]
    [Trait("Promise", "I8")]
    public async Task Steps_of_an_instance_killed_in_a_call_are_taken_over_at_once_by_the_other()
    {
        var seed = Storms.Seed(1101);
        var random = new Random(seed);
        var kills = (Storms.Long, onRedis) switch { (true, _) => 60, (_, true) => 3, _ => 4 };
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        // A lease longer than the test: whatever is taken over was taken from a process found dead, not from a silent one.
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("left", slots: 8);
        await fleet.StartAsync("right", slots: 8);

        var takenOver = new List<double>();
        while (takenOver.Count < kills)
        {
            if (ledger.Accepted.Count <= takenOver.Count / 2 + 1)
                await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks: 6);
            var victim = random.Next(2) == 0 ? "left" : "right";
            var held = await HeldInCallAsync(fleet, simulator, ledger, victim);
            if (held.Count == 0)
            {
                // All is done, or the other has it all: more work.
                await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks: 6);
                continue;
            }

            await fleet.KillAsync(victim);
            var watch = Stopwatch.StartNew();
            foreach (var (run, step) in await fleet.RunningAsync(victim, ledger.Accepted))
                await Storms.UntilAsync($"{run}/{step.Key} is executed again", async () => (await fleet.StepAsync(run, step.Key)).Epoch > step.Epoch);
            takenOver.Add(watch.Elapsed.TotalMilliseconds);
            await fleet.StartAsync(victim, slots: 8);
        }

        await fleet.DrainedAsync(ledger.Accepted);
        await fleet.StopAllAsync();
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        var cutOff = simulator.Requests.Count(request => request.Outcome == RequestOutcome.Cancelled);
        output.Tell($"seed {seed}: {kills} kills, {cutOff} calls and {findings.Deaths} steps cut off; claimed again by the other after "
            + $"{takenOver.Order().ElementAt(takenOver.Count / 2):0} ms (median), {takenOver.Max():0} ms (longest); {findings}");
        findings.AssertKept();
        Assert.Equal(findings.Deaths, findings.Repeated);
        Assert.True(cutOff >= kills, "Each kill must have cut off a call.");
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task When_all_instances_were_killed_restarted_ones_drain_everything_unattended()
    {
        var seed = Storms.Seed(1102);
        var random = new Random(seed);
        var rounds = (Storms.Long, onRedis) switch { (true, _) => 25, (_, true) => 1, _ => 2 };
        string[] instances = ["one", "two", "three"];
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed, Latency = TimeSpan.FromMilliseconds(150) });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);

        var (kills, cutOff) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            // Accepted while nobody works: that is what a queue is for.
            for (var run = 0; run < 3; run++)
                await ledger.AcceptAsync($"run-{round}-{run}", tasks: 4);
            foreach (var instance in instances)
                await fleet.StartAsync(instance, slots: 3);
            // On a slow machine the first has done it all before the last has started.
            while (simulator.InFlight < 3)
            {
                if (!await fleet.HasWorkAsync(ledger.Accepted))
                    await ledger.AcceptAsync($"run-{round}-{ledger.Accepted.Count}", tasks: 12);
                await Task.Delay(5);
            }

            await Task.Delay(random.Next(0, 1000));
            foreach (var instance in instances)
                fleet[instance].Kill();
            foreach (var instance in instances)
                await fleet.EndedAsync(instance);
            kills += instances.Length;
            foreach (var instance in instances)
                cutOff += (await fleet.RunningAsync(instance, ledger.Accepted)).Count;
        }

        foreach (var instance in instances)
            await fleet.StartAsync(instance, slots: 3);
        await fleet.DrainedAsync(ledger.Accepted);
        await fleet.StopAllAsync();
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {kills} kills in {rounds} rounds of all {instances.Length} instances, {cutOff} steps cut off; {findings}");
        findings.AssertKept();
        Assert.Equal(cutOff, findings.Deaths);
        Assert.True(cutOff > rounds, "Kills must have hit steps.");
    }

    /// <summary>Waits until the model server has logged a call of the instance that is still under way; empty when the instance gets no work.</summary>
    private static async Task<List<(string Run, StepRecord Step)>> HeldInCallAsync(Fleet fleet, ModelSimulator simulator, Ledger ledger, string instance)
    {
        var looking = Stopwatch.StartNew();
        while (looking.Elapsed < TimeSpan.FromSeconds(2))
        {
            var held = await fleet.RunningAsync(instance, ledger.Accepted);
            var asked = simulator.Requests.Where(request => request.Ended is null).Select(StormBacklog.Of).ToHashSet();
            if (held.Exists(step => asked.Contains((step.Run, StormBacklog.TaskNumber(step.Step.Key)))))
                return held;
            await Task.Delay(5);
        }

        return [];
    }
}
