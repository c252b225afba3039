using System.Collections.Concurrent;
using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>The Redis is killed under three workers and comes back with what it had on disk.</summary>
[Collection(Collections.Redis)]
public sealed class RedisKilledServerTests(ITestOutputHelper output)
{
    /// <summary>What the documentation says that a server which flushes every second can lose.</summary>
    private static readonly TimeSpan MostLost = TimeSpan.FromSeconds(2);

    private const int MoreKills = 4;

    [Fact]
    [Trait("Promise", "I1")]
    public async Task With_a_flush_for_each_commit_nothing_is_lost()
    {
        var seed = Storms.Seed(2101);
        var random = new Random(seed);
        var kills = Storms.Long ? 30 : 2;
        await using var fleet = await RedisFleet.StartAsync(seed);

        var (hit, refused) = (0, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            await fleet.AcceptAsync(runs: 2, tasks: 8);
            await fleet.UnderLoadAsync();
            await Task.Delay(random.Next(0, 300));
            hit += (await fleet.HeldAsync()).Count;
            // On its way when the server dies: accepted or not, but never accepted and gone.
            var run = fleet.NextRun();
            var submitted = fleet.Ledger.SubmitAsync(run, tasks: 2);
            await Task.Delay(random.Next(0, 500));
            await fleet.Redis.KillAsync();
            await fleet.Redis.RestartAsync();
            if ((await submitted).ExitCode == 0)
                continue;
            refused++;
            await fleet.Ledger.AcceptAsync(run, tasks: 2);
        }

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: {kills} kills of the server, {hit} steps under way, {refused} submissions refused; {findings}");
        findings.AssertKept();
        Assert.Equal(0L, findings.Deaths);
        Assert.True(hit >= kills, "Each kill must have come under load.");
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task With_a_flush_each_second_it_loses_no_more_than_that_and_says_so()
    {
        var seed = Storms.Seed(2102);
        var kills = Storms.Long ? 10 : 1;
        // A report that is lost leaves its step leased to a worker that has forgotten it: only the end of the lease gives it to somebody else.
        await using var fleet = await RedisFleet.StartAsync(seed, appendFsync: "everysec", lease: "3s");

        var (lost, oldest) = (0, TimeSpan.Zero);
        // Once more when the server was quicker than the kill, which cost nothing then.
        for (var kill = 0; kill < kills || (fleet.Logged("has lost its last") == 0 && kill < kills + MoreKills); kill++)
        {
            await fleet.AcceptAsync(runs: 1, tasks: 8);
            await fleet.UnderLoadAsync();
            var accepted = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
            using (await SlowFlush.AttachAsync(fleet.Redis))
            {
                // Until a run was acknowledged and something that was is in no file.
                using var enough = new CancellationTokenSource();
                var clients = Enumerable.Range(0, 2).Select(_ => SubmitAsync(enough.Token)).ToList();
                await Storms.UntilAsync(
                    "the server has acknowledged what it has not written",
                    async () => accepted.Count >= 2 && await fleet.Redis.FigureAsync("persistence", "aof_buffer_length") > 0);
                var killed = Stopwatch.GetTimestamp();
                await fleet.Redis.KillAsync();
                await enough.CancelAsync();
                await fleet.Redis.RestartAsync();
                await Task.WhenAll(clients);
                var store = await fleet.Workers.StoreAsync();
                foreach (var run in fleet.Ledger.Accepted)
                {
                    if (await store.FindRunAsync(run, CancellationToken.None) is not null)
                        continue;
                    lost++;
                    var age = accepted.TryGetValue(run, out var at) ? Stopwatch.GetElapsedTime(at, killed) : TimeSpan.MaxValue;
                    oldest = age > oldest ? age : oldest;
                }

                // The remedy that the message names; those that are there do not mind.
                foreach (var run in accepted.Keys)
                    await fleet.Ledger.AcceptAsync(run, tasks: 2);
            }

            async Task SubmitAsync(CancellationToken enough)
            {
                while (!enough.IsCancellationRequested)
                {
                    var run = fleet.NextRun();
                    var result = await fleet.Ledger.SubmitAsync(run, tasks: 2);
                    if (result.ExitCode == 0 && !enough.IsCancellationRequested)
                        accepted[run] = Stopwatch.GetTimestamp();
                    else if (result.ExitCode != 0)
                        Assert.Equal(3, result.ExitCode);
                }
            }
        }

        var findings = await fleet.EndAsync();
        var said = fleet.Logged("has lost its last");
        output.Tell($"seed {seed}: {kills} kills of the server, {lost} of {fleet.Ledger.Accepted.Count} accepted runs lost (the oldest {Math.Max(0, oldest.TotalMilliseconds):0} ms old) and submitted again, said {said} times; "
            + $"{findings.UnexplainedCalls.Count} calls and {findings.StaleWrites.Count} reports of what was lost; {findings}");
        findings.AssertKeptAfterLoss();
        Assert.True(oldest <= MostLost, $"A run was lost {oldest} after it was accepted.");
        Assert.True(said > 0, "No worker said that commits were lost.");
    }
}
