using System.Globalization;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>What an endpoint accepts from all worker processes together, held against the server's own log.</summary>
public abstract class ClusterLimitTests(ITestOutputHelper output, bool onRedis)
{
    private const int Limit = 4;

    /// <summary>Until the server's word has been written and the others have been told by their next reply, on a machine that is busy with other tests.</summary>
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(4);

    [Fact]
    [Trait("Promise", "I10")]
    [Trait("Promise", "I11")]
    public async Task Many_slots_killed_at_random_make_no_more_calls_than_the_limit_and_one_429_keeps_them_all_quiet()
    {
        var seed = Storms.Seed(601);
        var random = new Random(seed);
        var (instances, kills, retryAfter) = (Storms.Long ? 8 : 4, Storms.Long ? 60 : 4, TimeSpan.FromSeconds(12));
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(300), RevisionRate = 0.2 });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Configure(workspace, simulator, $"\"limit\": {Limit}");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        foreach (var instance in Enumerable.Range(0, instances))
            await fleet.StartAsync(Name(instance), slots: 8);

        var killed = new List<DateTimeOffset>();
        int CutOff() => simulator.Requests.Count(request => request.Outcome == RequestOutcome.Cancelled);
        // On a slow machine a kill may come when the call has just ended: more of them then.
        while (killed.Count < kills || (CutOff() == 0 && killed.Count < kills * 5))
        {
            await BusyAsync(fleet, ledger, simulator);
            await Task.Delay(random.Next(0, 400));
            var holders = Assert.Single(await (await fleet.StoreAsync()).ListLimitsAsync(CancellationToken.None)).Holders;
            var victim = holders.IsEmpty ? Name(random.Next(instances)) : holders[random.Next(holders.Length)].Instance;
            killed.Add(TimeProvider.System.GetUtcNow());
            await fleet.KillAsync(victim);
            await fleet.StartAsync(victim, slots: 8);
        }

        await BusyAsync(fleet, ledger, simulator);
        // 503 and 429 are the same to us; one call of one instance hears it.
        simulator.Fail(1, FaultKind.TooManyRequests, retryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        SimulatedRequest refused = null!;
        await Storms.UntilAsync("a call was refused", () => (refused = simulator.Requests.FirstOrDefault(request => request.Fault is not null && request.Ended is not null)!) is not null);
        var (told, over) = (refused.Ended!.Value + Telling, refused.Ended.Value + retryAfter);
        await BusyAsync(fleet, ledger, null);
        await Storms.UntilAsync("calls are made again", () => simulator.Requests.Any(request => request.Started > over));
        var limits = await (await fleet.StoreAsync()).ListLimitsAsync(CancellationToken.None);
        await fleet.DrainedAsync(ledger.Accepted);
        await fleet.StopAllAsync();

        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        var requests = simulator.Requests;
        var most = MostAtOnce(requests, killed);
        var late = requests.Count(request => request.Started > refused.Ended && request.Started < told);
        output.Tell($"seed {seed}: {instances} workers with 8 slots, {killed.Count} kills, {CutOff()} calls cut off; {requests.Length} calls, at most {most} at once "
            + $"(server's gauge, with calls of the dead: {simulator.MaxInFlight}); after the 429 {late} calls in the first {Telling.TotalSeconds} s and none in the {(over - told).TotalSeconds} s after; {findings}");
        findings.AssertKept();
        Assert.True(CutOff() > 0, "Kills must have cut off calls.");
        Assert.Equal(Limit, most);
        Assert.Empty(requests.Where(request => request.Started > told && request.Started < over));
        Assert.Equal((Limit, "endpoint/gpu"), (Assert.Single(limits).Capacity, limits[0].Name));
    }

    [Fact]
    [Trait("Promise", "I11")]
    public async Task Workers_together_make_no_more_requests_in_a_minute_than_the_rate_and_waiting_costs_no_attempt()
    {
        const int Rate = 15;
        var seed = Storms.Seed(602);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(50), RevisionRate = 0 });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        Configure(workspace, simulator, $"\"requestsPerMinute\": {Rate}");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        for (var run = 0; run < 3; run++)
            await ledger.AcceptAsync($"run-{run}", tasks: 6);
        for (var instance = 0; instance < 3; instance++)
            await fleet.StartAsync(Name(instance), slots: 8);

        await Storms.UntilAsync("the rate is used up", () => simulator.Requests.Length >= Rate);
        if (Storms.Long)
            await fleet.DrainedAsync(ledger.Accepted);
        else
            await Storms.UntilAsync("steps are parked for it", async () => await ParkedAsync(fleet, ledger) >= 4);
        var limit = Assert.Single(await (await fleet.StoreAsync()).ListLimitsAsync(CancellationToken.None));
        await fleet.StopAllAsync();

        var requests = simulator.Requests;
        var most = requests.Max(last => requests.Count(request => request.Started > last.Started - TimeSpan.FromSeconds(60) && request.Started <= last.Started));
        var parked = await ParkedAsync(fleet, ledger);
        output.Tell($"seed {seed}: 3 workers with 8 slots, {requests.Length} requests in {(requests[^1].Started - requests[0].Started).TotalSeconds:0} s, at most {most} in 60 s; parked {parked} times");
        Assert.Equal(Rate, most);
        Assert.Equal(Rate, limit.RequestsPerMinute);
        Assert.True(parked > 0, "Nothing had to wait.");
        var store = await fleet.StoreAsync();
        foreach (var run in ledger.Accepted)
            Assert.All(await store.ListStepsAsync(run, -1, 1000, CancellationToken.None), step => Assert.Equal(0, step.FailedAttempts));
    }

    private static string Name(int instance) => $"worker-{instance}";

    private static void Configure(Workspace workspace, ModelSimulator simulator, string bounds) => workspace.Write("config/agents.config.json", $$"""
        {
          "runtime": {
            "maxDeathsAlone": 100,
            "lease": { "duration": "1h", "heartbeat": "1s" },
            "ollama": { "endpoints": [ { "name": "gpu", "url": "{{simulator.Url}}", {{bounds}} } ], "concurrency": 8 }
          },
          "workflows": { "standard": { "maxRevisions": 20 } }
        }
        """);

    /// <summary>Sees to it that there is more to do than the limit allows.</summary>
    private static async Task BusyAsync(Fleet fleet, Ledger ledger, ModelSimulator? simulator)
    {
        await Storms.UntilAsync(
            "calls are waiting for others",
            async () =>
            {
                // Again and again: on a slow machine what there was is done before all have started.
                while (await OpenAsync(fleet, ledger) < 2)
                    await ledger.AcceptAsync($"run-{ledger.Accepted.Count}", tasks: 24);
                return simulator is null || simulator.InFlight >= Limit - 1;
            });
    }

    private static async Task<int> OpenAsync(Fleet fleet, Ledger ledger)
    {
        var store = await fleet.StoreAsync();
        var open = 0;
        foreach (var run in ledger.Accepted)
            open += await store.FindRunAsync(run, CancellationToken.None) is { Status: RunStatus.Running } ? 1 : 0;
        return open;
    }

    private static async Task<int> ParkedAsync(Fleet fleet, Ledger ledger)
    {
        var parked = 0;
        foreach (var run in ledger.Accepted)
            parked += (await fleet.EventsAsync(run)).Count(one => one.Kind == RunEventKind.StepParked);
        return parked;
    }

    /// <summary>
    /// The most calls under way at once. A call that was cut off counts to the kill that cut it off: its permit is free when the process is found dead, and a busy server may notice the closed connection
    /// only after that.
    /// </summary>
    private static int MostAtOnce(IReadOnlyList<SimulatedRequest> requests, List<DateTimeOffset> kills)
    {
        var spans = requests.Select(request => (request.Started, Ended: request.Outcome == RequestOutcome.Cancelled && kills.Find(kill => kill > request.Started) is var kill && kill != default && kill < request.Ended
            ? kill
            : request.Ended ?? DateTimeOffset.MaxValue)).ToList();
        return spans.Max(last => spans.Count(span => span.Started <= last.Started && span.Ended > last.Started));
    }
}
