using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.EndToEnd.Tests.Redis;
using Ripieno.Simulator;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>Runs that go to workers in turn, one of which is killed, on a Redis; and ending another from elsewhere.</summary>
[Collection(Collections.Redis)]
public sealed class PinnedRunTests(ITestOutputHelper output)
{
    private const int Runs = 9;

    [Fact]
    public async Task Each_worker_gets_its_share_and_what_a_lost_one_leaves_is_done_by_the_others()
    {
        var seed = Storms.Seed(606);
        await using var redis = await RedisServer.StartAsync(new());
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(400), RevisionRate = 0 });
        using var workspace = new Workspace(redis.Endpoint);
        Fleet.Configure(workspace, simulator, lease: "3s", heartbeat: "1s");
        await using var fleet = new Fleet(workspace);
        await Task.WhenAll(RedisFleet.Instances.Select(instance => fleet.StartAsync(instance, slots: 2)));
        var store = await fleet.StoreAsync();
        await Storms.UntilAsync("all have told of themselves", async () => (await store.ListReportsAsync(CancellationToken.None)).Count == RedisFleet.Instances.Count);

        var ledger = new Ledger(workspace, "--spread", "round-robin");
        for (var run = 0; run < Runs; run++)
            await ledger.AcceptAsync($"run-{run}", tasks: 3);
        // In the order of their ids it has the last run.
        await fleet.KillAsync("two");
        var pins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in ledger.Accepted)
            pins[run] = (await fleet.StepAsync(run, "plan")).Class.Instance!;
        Assert.Equal(RedisFleet.Instances.Order().Select(instance => (instance, Runs / 3)), pins.Values.CountBy(instance => instance).Select(pair => (pair.Key, pair.Value)).Order());

        var unfinished = 0;
        foreach (var run in ledger.Accepted.Where(run => pins[run] == "two"))
            unfinished += await store.FindRunAsync(run, CancellationToken.None) is { FinishedAt: null } ? 1 : 0;
        await fleet.DrainedAsync(ledger.Accepted);
        var drained = await RipienoProcess.RunAsync(workspace, ["worker", "--drain", "three", .. workspace.StoreOptions]);
        var ended = await fleet.EndedAsync("three");
        var status = JsonDocument.Parse((await RipienoProcess.RunAsync(workspace, ["status", "--json", .. workspace.StoreOptions])).Exits(0).Output).RootElement;
        await fleet.StopAllAsync();

        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        var reports = WorkerLogs.TakenReports(workspace).ToList();
        output.Tell($"seed {seed}: {Runs} runs in turn, {unfinished} of the killed worker's unfinished; {findings}");
        findings.AssertKept();
        Assert.True(unfinished > 0, "Something must have been left by the worker that was killed.");
        drained.Exits(0);
        ended.Exits(0);
        Assert.Equal("one", Assert.Single(status.GetProperty("instances").EnumerateArray()).GetProperty("id").GetString());
        // What is pinned to one that lives is done by no other.
        Assert.All(reports.Where(report => pins[report.Run] != "two"), report => Assert.Equal(pins[report.Run], report.Instance));
        Assert.Contains(reports, report => pins[report.Run] == "two" && report.Instance != "two");
    }
}
