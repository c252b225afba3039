using Ripieno.EndToEnd.Tests.Kills;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>
/// A worker that stands still for longer than its lease (a laptop closed, a machine that swaps) and then goes on, not knowing that time has passed. It is frozen
/// at the worst moment: with its answer in hand, just before it reports.
/// </summary>
[Collection("processes")]
public sealed class FrozenInstanceTests(ITestOutputHelper output)
{
    private static readonly SimulatorOptions Server = new() { Slots = 64, Latency = TimeSpan.FromMilliseconds(60), RevisionRate = 0.2 };

    [Fact]
    public async Task A_late_result_is_refused_once_another_has_claimed_the_step()
    {
        var seed = Storms.Seed(1501);
        var freezes = Storms.Long ? 40 : 4;
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await StartFreezingAsync(fleet, workspace, every: 3);
        await fleet.StartAsync("other", slots: 4);

        for (var freeze = 0; freeze < freezes; freeze++)
        {
            var (run, step) = await FrozenStepAsync(fleet, ledger);
            await Storms.UntilAsync($"{run}/{step.Key} is executed by the other", async () => (await fleet.StepAsync(run, step.Key)).Epoch > step.Epoch);
            fleet["frozen"].Signal("CONT");
            await Storms.UntilAsync(
                $"the late report of {run}/{step.Key} is refused",
                async () => (await fleet.EventsAsync(run)).Any(item => item.Kind == RunEventKind.LateReport && item.StepKey == step.Key));
        }

        await EndAsync(fleet, ledger);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {freezes} freezes past the lease; {findings}");
        findings.AssertKept();
        Assert.True(findings.Late >= freezes && findings.Expired >= freezes, "Each freeze must have cost a lease and a report.");
    }

    [Fact]
    public async Task A_late_result_is_accepted_while_nobody_else_has_claimed_the_step()
    {
        var seed = Storms.Seed(1502);
        var freezes = Storms.Long ? 40 : 3;
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s");
        const string config = "config/frozen.config.json";
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s", queue: "only-there", file: config);
        var ledger = new Ledger(workspace, "--config", config);
        await using var fleet = new Fleet(workspace);
        await StartFreezingAsync(fleet, workspace, every: 4, "--config", config);
        // It notices the silence, but can execute nothing of what the frozen one had.
        await fleet.StartAsync("other", slots: 4);

        for (var freeze = 0; freeze < freezes; freeze++)
        {
            var (run, step) = await FrozenStepAsync(fleet, ledger);
            await Storms.UntilAsync(
                $"the lease of {run}/{step.Key} is taken away",
                async () => (await fleet.EventsAsync(run)).Any(item => item.Kind == RunEventKind.LeaseExpired && item.StepKey == step.Key));
            fleet["frozen"].Signal("CONT");
            await Storms.UntilAsync($"{run}/{step.Key} is recorded", async () => (await fleet.StepAsync(run, step.Key)).Result is not null);
        }

        await EndAsync(fleet, ledger);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {freezes} freezes past the lease; {findings}");
        findings.AssertKept();
        Assert.True(findings.Expired >= freezes, "Each freeze must have cost a lease.");
        Assert.Equal((0L, 0, 0), (findings.Repeated, findings.Late, findings.ExtraCalls));
    }

    private static Task StartFreezingAsync(Fleet fleet, Workspace workspace, int every, params string[] options)
    {
        var environment = PhaseCounters.Environment(workspace.In("phases"));
        var (name, value) = SelfInflicted.Stop(SelfInflicted.BeforeReport, every);
        environment[name] = value;
        return fleet.StartAsync("frozen", slots: 1, environment, options);
    }

    /// <summary>Gives work until the worker has frozen itself, and tells with which step.</summary>
    private static async Task<(string Run, StepRecord Step)> FrozenStepAsync(Fleet fleet, Ledger ledger)
    {
        while (!fleet["frozen"].IsFrozen)
        {
            var running = ledger.Accepted.Count > 0 && await fleet.HasWorkAsync(ledger.Accepted);
            if (!running)
                await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks: 6);
            await Task.Delay(5);
        }

        return Assert.Single(await fleet.RunningAsync("frozen", ledger.Accepted));
    }

    private static async Task EndAsync(Fleet fleet, Ledger ledger)
    {
        // It goes on freezing itself as long as it works; from here on it is thawed at once.
        var drained = fleet.DrainedAsync(ledger.Accepted);
        while (!drained.IsCompleted)
        {
            if (fleet["frozen"].IsFrozen)
                fleet["frozen"].Signal("CONT");
            await Task.Delay(5);
        }

        await drained;
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
    }
}
