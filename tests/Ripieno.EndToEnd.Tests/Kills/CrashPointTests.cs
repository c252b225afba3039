using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Kills;

/// <summary>Killed exactly between the model's answer and its commit, and exactly between the commit and the moment when the worker knows of it.</summary>
public abstract class CrashPointTests(ITestOutputHelper output, bool onRedis)
{
    [Theory]
    [InlineData(SelfInflicted.BeforeReport, 1401)]
    [InlineData(SelfInflicted.AfterCommit, 1402)]
    [Trait("Promise", "I5")]
    public async Task A_kill_around_a_commit_costs_at_most_one_call_and_leaves_one_result(string point, int usualSeed)
    {
        var seed = Storms.Seed(usualSeed);
        var random = new Random(seed);
        // The second is aimed at from the writer's thread while the news travels on another one: it hits one time in three.
        var wanted = (Storms.Long, onRedis, point) switch { (true, _, _) => 100, (_, _, SelfInflicted.BeforeReport) => 4, _ => 2 };
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 4, Latency = TimeSpan.FromMilliseconds(5), RevisionRate = 0.2 });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);

        // What the store holds of what each killed process did, against what that process knew of.
        var (kills, unreported, untold) = (0, 0, 0L);
        while ((point == SelfInflicted.BeforeReport ? unreported : untold) < wanted)
        {
            if (!await fleet.HasWorkAsync(ledger.Accepted))
                await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks: 10);
            var before = await RecordedAsync(fleet, ledger);
            File.Delete(workspace.In("phases"));
            using var phases = PhaseCounters.Open(workspace.In("phases"));
            using var worker = Start(workspace, SelfInflicted.Kill(point, random.Next(2, 7)));
            await Storms.UntilAsync("it has killed itself, or has nothing left to do", async () => worker.HasExited || !await fleet.HasWorkAsync(ledger.Accepted));
            if (!worker.HasExited)
                worker.Signal("TERM");
            if (await worker.WaitAsync() is { ExitCode: not 128 + 9 } unharmed)
            {
                unharmed.Exits(0);
                continue;
            }

            kills++;
            untold += await RecordedAsync(fleet, ledger) - before - phases.ToldReports;
            unreported += (await fleet.RunningAsync("only", ledger.Accepted)).Count;
        }

        await fleet.StartAsync("only", slots: 4);
        await fleet.DrainedAsync(ledger.Accepted);
        await fleet.StopAllAsync();
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {kills} kills at {point}: {unreported} before the commit of an answer, {untold} after a commit that the worker did not know of; {findings}");
        findings.AssertKept();
        Assert.Equal(unreported, findings.Deaths);
        Assert.Equal(unreported, findings.Repeated);
        Assert.True(findings.ExtraCalls <= unreported, "Only an answer that was lost is asked for again.");
    }

    private static RipienoProcess Start(Workspace workspace, KeyValuePair<string, string> signal)
    {
        var environment = PhaseCounters.Environment(workspace.In("phases"));
        environment[signal.Key] = signal.Value;
        environment["INSTANCE_ID"] = "only";
        return RipienoProcess.Start(workspace, environment, ["worker", "--concurrency", "1", .. workspace.StoreOptions]);
    }

    private static async Task<long> RecordedAsync(Fleet fleet, Ledger ledger)
    {
        var store = await fleet.StoreAsync();
        var recorded = 0L;
        foreach (var run in ledger.Accepted)
            recorded += (await store.ListStepsAsync(run, -1, 10_000, CancellationToken.None)).Count(step => step.Status is StepStatus.Succeeded or StepStatus.Expanded);
        return recorded;
    }
}
