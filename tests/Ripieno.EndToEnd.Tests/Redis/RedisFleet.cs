using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>Three workers on a Redis of their own, with a model server and a ledger: what every fault of the Redis is tried on.</summary>
internal sealed class RedisFleet : IAsyncDisposable
{
    /// <summary>Of each worker.</summary>
    public const int Slots = 3;

    private readonly IAsyncDisposable _servers;
    private int _runs;

    private RedisFleet(IAsyncDisposable servers, ModelSimulator simulator, Workspace workspace)
    {
        (_servers, Simulator, Workspace) = (servers, simulator, workspace);
        Ledger = new(workspace);
        Workers = new(workspace);
    }

    public static IReadOnlyList<string> Instances { get; } = ["one", "two", "three"];

    /// <summary>The one server, of a fleet that has one.</summary>
    public RedisServer Redis => (RedisServer)_servers;

    public ModelSimulator Simulator { get; }

    public Workspace Workspace { get; }

    public Ledger Ledger { get; }

    public Fleet Workers { get; }

    /// <param name="seed">Of the model server.</param>
    /// <param name="appendFsync">Of the Redis.</param>
    /// <param name="lease">Of the workers.</param>
    /// <param name="revisionRate">The share of reviews that ask for a revision.</param>
    /// <param name="grace">What the workers have for ending.</param>
    public static async Task<RedisFleet> StartAsync(int seed, string appendFsync = "always", string lease = "1h", double revisionRate = 0.2, string grace = "30s")
    {
        var redis = await RedisServer.StartAsync(new() { AppendFsync = appendFsync });
        return await StartAsync(seed, redis, redis.Endpoint, lease, revisionRate, grace);
    }

    /// <param name="seed">Of the model server.</param>
    /// <param name="servers">What the store is on, which goes with the fleet.</param>
    /// <param name="store">Where that is, as <c>--store</c> takes it.</param>
    /// <param name="lease">Of the workers.</param>
    /// <param name="revisionRate">The share of reviews that ask for a revision.</param>
    /// <param name="grace">What the workers have for ending.</param>
    public static async Task<RedisFleet> StartAsync(int seed, IAsyncDisposable servers, string store, string lease, double revisionRate = 0.2, string grace = "30s")
    {
        var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(150), RevisionRate = revisionRate });
        var workspace = new Workspace(store);
        Fleet.Configure(workspace, simulator, lease, heartbeat: "1s");
        var fleet = new RedisFleet(servers, simulator, workspace);
        await Task.WhenAll(Instances.Select(instance => fleet.Workers.StartAsync(instance, Slots, null, "--grace", grace)));
        return fleet;
    }

    public string NextRun() => $"run-{_runs++}";

    public Task AcceptAsync(int runs, int tasks) => Task.WhenAll(Enumerable.Range(0, runs).Select(_ => Ledger.AcceptAsync(NextRun(), tasks)));

    /// <summary>Waits until model calls are under way, so that a fault hits work.</summary>
    public Task UnderLoadAsync() => Simulator.WhenAsync(server => server.InFlight >= 3);

    /// <param name="newest">Of how many runs: to look at all that ever were takes longer than a call.</param>
    public async Task<List<(string Run, StepRecord Step)>> HeldAsync(int newest = int.MaxValue)
    {
        var (held, runs) = (new List<(string, StepRecord)>(), Ledger.Accepted.TakeLast(newest).ToList());
        foreach (var instance in Instances)
            held.AddRange(await Workers.RunningAsync(instance, runs));
        return held;
    }

    /// <summary>How many lines of the workers' logs contain it.</summary>
    public int Logged(string text) => WorkerLogs.Lines(Workspace).Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until every accepted run has ended, stops the workers, and holds the ledger against the store.</summary>
    public async Task<LedgerFindings> EndAsync()
    {
        await Workers.DrainedAsync(Ledger.Accepted);
        Assert.All(await Workers.StopAllAsync(), result => result.Exits(0));
        Assert.Empty((await (await Workers.StoreAsync()).CheckAsync(CancellationToken.None)).Problems);
        return await LedgerCheck.RunAsync(Ledger, Simulator);
    }

    public async ValueTask DisposeAsync()
    {
        await Workers.DisposeAsync();
        await Simulator.DisposeAsync();
        await _servers.DisposeAsync();
        Workspace.Dispose();
    }
}
