using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Many;

/// <summary>
/// Eight instances on one store, of which a quarter is killed each minute, and worse, while the model server fails now and then: three books (what was accepted, what is stored, what was asked) are held against each other afterwards.
/// </summary>
public abstract class ChaosTests(ITestOutputHelper output, bool onRedis)
{
    private const int Instances = 8, Slots = 2;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    /// <summary>Ten true minutes; or a short one with the faults of a true one.</summary>
    private static (int Count, TimeSpan Length) Minutes => Storms.Long ? (10, TimeSpan.FromMinutes(1)) : (1, TimeSpan.FromSeconds(13));

    [Fact]
    [Trait("Promise", "I6")]
    public async Task Whatever_happens_to_eight_instances_nothing_is_lost_done_twice_or_out_of_order()
    {
        var seed = Storms.Seed(onRedis ? 1301 : 1302);
        var (minutes, length) = Minutes;
        await using var simulator = await ModelSimulator.StartAsync(new()
        {
            Seed = seed,
            Slots = 64,
            Latency = TimeSpan.FromMilliseconds(400),
            RevisionRate = 0.2,
            KeptRequests = 1_000_000,
            Faults =
            [
                new(new(FaultKind.TooManyRequests, RetryAfter: "1"), 0.01), new(new(FaultKind.ServerError), 0.01), new(new(FaultKind.Unavailable), 0.005),
                new(new(FaultKind.Dropped), 0.005), new(new(FaultKind.HangBeforeHeaders), 0.005),
            ],
        });
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        // Hangs end with the time limit; and no number of unlucky tries may fail a run.
        Fleet.Configure(workspace, simulator, lease: "4s", heartbeat: "1s", limit: Instances * Slots, standard: """ "maxAttempts": 20, "timeLimit": "10s" """);
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        string[] instances = [.. Enumerable.Range(1, Instances).Select(Chaos.Name)];
        await Task.WhenAll(instances.Select(instance => fleet.StartAsync(instance, Slots)));

        var chaos = new Chaos(fleet, instances, Slots, Lease * 1.5, seed);
        var feeder = new Feeder(fleet, ledger, tasks: 12, open: 4);
        await feeder.FeedAsync();
        using var end = new CancellationTokenSource();
        var feeding = feeder.FeedAsync(end.Token);
        for (var minute = 0; minute < minutes; minute++)
        {
            // At random there may be none in a short storm.
            foreach (var fault in (FaultKind[])[FaultKind.TooManyRequests, FaultKind.ServerError, FaultKind.Dropped, FaultKind.HangBeforeHeaders])
                simulator.Fail(1, fault);
            await chaos.MinuteAsync(length);
        }

        var (ended, answered) = (feeder.Ended, simulator.Requests.Count(request => request.Outcome == RequestOutcome.Answered));
        await end.CancelAsync();
        await feeding;
        await chaos.EndAsync();
        var quiet = Stopwatch.StartNew();
        await fleet.DrainedAsync(ledger.Accepted);
        var drained = quiet.Elapsed;
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));

        Assert.Empty((await (await fleet.StoreAsync()).CheckAsync(CancellationToken.None)).Problems);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        var faults = simulator.Requests.Where(request => request.Fault is not null).CountBy(request => request.Fault!.Kind).ToDictionary();
        output.Tell($"seed {seed}: {minutes} minutes of {length.TotalSeconds:0} s: {chaos}; model faults: {string.Join(", ", faults.Select(fault => $"{fault.Key} {fault.Value}"))}; "
            + $"{ended} runs ended and {answered} calls were answered meanwhile, the rest within {drained.TotalSeconds:0.0} s after the storm; {findings}; "
            + $"tries failed because: {string.Join(", ", findings.Reasons.OrderByDescending(reason => reason.Value).Take(5).Select(reason => $"{reason.Value} × {reason.Key}"))}");
        findings.AssertKept();
        // Executions: one for each step, and another for each that a kill or a freeze cut off, that was handed back, put off, or failed and was tried again.
        Assert.True(findings.Repeated <= findings.Expired + findings.Released + findings.Parked + findings.Retried, $"{findings.Repeated} repeated executions, of which some have no cause.");
        Assert.All(findings.Gone, gone => Assert.True(gone.Value <= Slots * chaos.Kills.GetValueOrDefault(gone.Key), $"{gone.Value} executions ended with {gone.Key}, which was killed {chaos.Kills.GetValueOrDefault(gone.Key)} times."));
        Assert.True(answered > Instances, "Work must have gone on during the storm.");
        Assert.True(chaos.Kills.Values.Sum() >= minutes && chaos.Frozen > 0 && chaos.Stopped > 0 && findings.Expired > 0 && faults.Values.Sum() > 0, "Every fault must have struck.");
    }
}

[Collection(Collections.Embedded)]
public sealed class SqliteChaosTests(ITestOutputHelper output) : ChaosTests(output, onRedis: false);

[Collection(Collections.Redis)]
public sealed class RedisChaosTests(ITestOutputHelper output) : ChaosTests(output, onRedis: true);
