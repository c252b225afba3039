using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Networks;

/// <summary>
/// Workers that cannot reach the Redis and the model server any more, or are not heard, or do not hear: packets are lost without a word, connections stay open. Others take over, and when the network is back the
/// workers go on by themselves.
/// </summary>
[Collection(Collections.Redis)]
public sealed class NetworkCutTests(ITestOutputHelper output)
{
    private const int Slots = 3;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    /// <summary>What is promised for the time from the end of a cut to the next step; measured and printed, for a busy machine must not fail the test.</summary>
    private static readonly TimeSpan Promised = Lease + TimeSpan.FromSeconds(5);

    private static readonly (string Instance, CutDirection Direction)[] Cuts =
        [("cut-off", CutDirection.Both), ("not-heard", CutDirection.Requests), ("deaf", CutDirection.Answers)];

    [Fact]
    [Trait("Promise", "I8")]
    public async Task Workers_cut_off_lose_their_steps_to_others_and_go_on_by_themselves_when_the_network_is_back()
    {
        var seed = Storms.Seed(1601);
        int[] lengths = Storms.Long ? [10, 30, 60] : [10];
        await using var redis = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromSeconds(1), RevisionRate = 0.2 });
        using var workspace = new Workspace(redis.Endpoint);
        await using var network = await CuttableNetwork.BuildAsync(Cuts.Length);
        var (redisPort, modelPort) = (network.Offer(redis.Port), network.Offer(simulator.Url.Port));
        Fleet.Configure(workspace, simulator, lease: "4s", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await Task.WhenAll(Enumerable.Range(0, Cuts.Length).Select(leaf =>
        {
            var (services, config) = (CuttableNetwork.ServicesOf(leaf), $"config/{Cuts[leaf].Instance}.config.json");
            Fleet.Configure(workspace, simulator, lease: "4s", heartbeat: "1s", file: config, host: new Uri($"http://{services}:{modelPort}"));
            return fleet.StartAsync(network.Launcher(workspace, leaf), Cuts[leaf].Instance, Slots, null, "--config", config, "--store", $"redis:{services}:{redisPort}");
        }).Append(fleet.StartAsync("staying", Slots)));
        var feeder = new Feeder(fleet, ledger, tasks: 16, open: 3);

        var (takenOver, resumed) = (0, new List<string>());
        foreach (var length in lengths)
        {
            var held = new List<(string Run, StepRecord Step)>();
            foreach (var (instance, _) in Cuts)
            {
                await feeder.UntilAsync($"{instance} executes", async () => (await fleet.RunningAsync(instance, feeder.Open)).Count > 0);
                held.AddRange(await fleet.RunningAsync(instance, feeder.Open));
            }

            for (var leaf = 0; leaf < Cuts.Length; leaf++)
                network.Cut(leaf, Cuts[leaf].Direction);
            var cut = Stopwatch.StartNew();
            // What was held when the cut came: reported in the last moment, or taken away.
            foreach (var (instance, _) in Cuts)
                await feeder.UntilAsync($"{instance} has lost its steps", async () => (await fleet.RunningAsync(instance, feeder.Open)).Count == 0);
            foreach (var (run, step) in held)
            {
                await feeder.UntilAsync($"{run}/{step.Key} goes on", async () => await fleet.StepAsync(run, step.Key) is var now && (now.Epoch > step.Epoch || now.Result is not null));
                takenOver += (await fleet.StepAsync(run, step.Key)).Epoch > step.Epoch ? 1 : 0;
            }

            await feeder.UntilAsync("the cut is over", () => Task.FromResult(cut.Elapsed >= TimeSpan.FromSeconds(length)));
            for (var leaf = 0; leaf < Cuts.Length; leaf++)
                network.Mend(leaf, Cuts[leaf].Direction);
            var mended = Stopwatch.StartNew();
            var waiting = Cuts.Select(one => one.Instance).ToList();
            while (waiting.Count > 0)
            {
                await feeder.UntilAsync(
                    $"{string.Join(" and ", waiting)} execute again",
                    async () => (await Task.WhenAll(waiting.Select(async instance => (await fleet.RunningAsync(instance, feeder.Open)).Count))).Max() > 0);
                foreach (var instance in waiting.ToList())
                {
                    if ((await fleet.RunningAsync(instance, feeder.Open)).Count == 0)
                        continue;
                    waiting.Remove(instance);
                    resumed.Add($"{instance} for {length} s: {mended.Elapsed.TotalSeconds:0.0} s");
                }
            }
        }

        await fleet.DrainedAsync(ledger.Accepted);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Empty((await (await fleet.StoreAsync()).CheckAsync(CancellationToken.None)).Problems);
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {lengths.Length} cuts of {Cuts.Length} workers, {takenOver} steps taken over; executing again after the end of the cut ({string.Join(", ", resumed)}; promised {Promised.TotalSeconds:0} s); {findings}");
        findings.AssertKept();
        Assert.True(takenOver >= Cuts.Length * lengths.Length, "Each cut must have cost steps.");
    }
}
