using Microsoft.Data.Sqlite;
using Ripieno.EndToEnd.Tests.Kills;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>
/// A worker that stands still for longer than its lease (a laptop closed, a machine that swaps) and then goes on, not knowing that time has passed. It is frozen
/// at the worst moment: with its answer in hand, just before it reports.
/// </summary>
public abstract class FrozenInstanceTests(ITestOutputHelper output, bool onRedis)
{
    private static readonly SimulatorOptions Server = new() { Slots = 64, Latency = TimeSpan.FromMilliseconds(60), RevisionRate = 0.2 };

    private int _thawedAtOnce;

    [Fact]
    [Trait("Promise", "I4")]
    public async Task A_late_result_is_refused_once_another_has_claimed_the_step()
    {
        var seed = Storms.Seed(1501);
        var freezes = (Storms.Long, onRedis) switch { (true, _) => 30, (_, true) => 1, _ => 2 };
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await StartFreezingAsync(fleet, workspace, slots: 1, every: 2);
        await fleet.StartAsync("other", slots: 4);

        var dropped = 0;
        for (var freeze = 0; freeze < freezes; freeze++)
        {
            var (run, step) = Assert.Single(await FrozenStepsAsync(fleet, ledger, tasks: 6));
            await Storms.UntilAsync($"{run}/{step.Key} is executed by the other", async () => (await fleet.StepAsync(run, step.Key)).Epoch > step.Epoch);
            fleet["frozen"].Signal("CONT");
            // Its heartbeat may be quicker than its report; then it knows that the step is another's, and says nothing.
            var isRefused = false;
            await Storms.UntilAsync(
                $"the late report of {run}/{step.Key} is refused or dropped",
                async () => (isRefused = (await fleet.EventsAsync(run)).Any(item => item.Kind == RunEventKind.LateReport && item.StepKey == step.Key)) || IsDropped(run, step.Key));
            dropped += isRefused ? 0 : 1;
        }

        await EndAsync(fleet, ledger);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {freezes} freezes past the lease ({_thawedAtOnce} more thawed at once), {dropped} reports dropped before they were sent; {findings}");
        findings.AssertKept();
        Assert.True(findings.Late + dropped >= freezes && findings.Expired >= freezes, "Each freeze must have cost a lease and a report.");

        bool IsDropped(string run, string step) => WorkerLogs.Lines(workspace).Any(line => line.Contains($"{step} of {run} is aborted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 1502)]
    // With free slots it asks for work as soon as it wakes up, and must not be handed what it is holding.
    [InlineData(4, 1503)]
    [Trait("Promise", "I4")]
    public async Task A_late_result_is_accepted_while_nobody_else_has_claimed_the_step(int slots, int usualSeed)
    {
        var seed = Storms.Seed(usualSeed);
        var freezes = Storms.Long ? 20 : 1;
        await using var simulator = await ModelSimulator.StartAsync(Server with { Seed = seed });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s");
        const string config = "config/frozen.config.json";
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s", queue: "only-there", file: config);
        var ledger = new Ledger(workspace, "--config", config);
        await using var fleet = new Fleet(workspace);
        await StartFreezingAsync(fleet, workspace, slots, every: 4, "--config", config);
        // It notices the silence, but can execute nothing of what the frozen one had.
        await fleet.StartAsync("other", slots: 4);

        // So many tasks that no freeze meets the summary, which the other can execute too.
        var lost = 0;
        for (var freeze = 0; freeze < freezes; freeze++)
        {
            var held = await FrozenStepsAsync(fleet, ledger, tasks: 2 * freezes + 2);
            foreach (var (run, step) in held)
            {
                await Storms.UntilAsync(
                    $"the lease of {run}/{step.Key} is taken away",
                    async () => (await fleet.EventsAsync(run)).Any(item => item.Kind == RunEventKind.LeaseExpired && item.StepKey == step.Key));
            }

            lost += held.Count;
            fleet["frozen"].Signal("CONT");
            foreach (var (run, step) in held)
                await Storms.UntilAsync($"{run}/{step.Key} is recorded", async () => (await fleet.StepAsync(run, step.Key)).Result is not null || await ThawAsync(fleet));
        }

        await EndAsync(fleet, ledger);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {freezes} freezes of {slots} slots past the lease, {lost} steps held; {findings}");
        findings.AssertKept();
        Assert.True(findings.Expired >= freezes, "Each freeze must have cost a lease.");
        Assert.Equal((0L, 0, 0), (findings.Repeated, findings.Late, findings.ExtraCalls));
    }

    private static Task StartFreezingAsync(Fleet fleet, Workspace workspace, int slots, int every, params string[] options)
    {
        var environment = PhaseCounters.Environment(workspace.In("phases"));
        var (name, value) = SelfInflicted.Stop(SelfInflicted.BeforeReport, every);
        environment[name] = value;
        return fleet.StartAsync("frozen", slots, environment, options);
    }

    /// <summary>Gives work until the worker has frozen itself, and tells with which steps.</summary>
    private async Task<List<(string Run, StepRecord Step)>> FrozenStepsAsync(Fleet fleet, Ledger ledger, int tasks)
    {
        while (true)
        {
            if (fleet["frozen"].IsFrozen)
            {
                var held = onRedis || CanBeWritten(ledger.Workspace) ? await fleet.RunningAsync("frozen", ledger.Accepted) : [];
                if (held.Count > 0)
                    return held;
                // It has frozen while a run was submitted, which took longer than its lease: too late to watch what happens to it. Or in a commit (of a permit, say) it holds the lock of the file, and all others wait for as long as that lasts: not what is looked for here.
                _thawedAtOnce++;
                await ThawAsync(fleet);
            }

            var running = ledger.Accepted.Count > 0 && await fleet.HasWorkAsync(ledger.Accepted);
            if (!running)
                await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks);
            await Task.Delay(5);
        }
    }

    private static bool CanBeWritten(Workspace workspace)
    {
        try
        {
            using var connection = StoreFile.Open(workspace.Store);
            using var transaction = connection.BeginTransaction();
            return true;
        }
        catch (SqliteException locked) when (locked.SqliteErrorCode is 5 or 6)
        {
            return false;
        }
    }

    private static async Task EndAsync(Fleet fleet, Ledger ledger)
    {
        await Storms.UntilAsync("all has ended", async () => !await fleet.HasWorkAsync(ledger.Accepted) || await ThawAsync(fleet));
        await ThawAsync(fleet);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
    }

    /// <summary>It goes on freezing itself as long as it works; where that is not looked for it is thawed at once.</summary>
    private static Task<bool> ThawAsync(Fleet fleet)
    {
        if (fleet["frozen"].IsFrozen)
            fleet["frozen"].Signal("CONT");
        return Task.FromResult(false);
    }
}
