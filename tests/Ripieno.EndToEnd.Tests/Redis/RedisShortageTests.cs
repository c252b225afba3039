using System.Globalization;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>A Redis that has no memory left, or has forgotten something, or everything.</summary>
[Collection(Collections.Redis)]
public sealed class RedisShortageTests(ITestOutputHelper output)
{
    private const int Unavailable = 3;

    [Fact]
    [Trait("Promise", "I5")]
    public async Task Without_memory_what_runs_is_recorded_and_with_memory_all_goes_on()
    {
        var seed = Storms.Seed(2301);
        var rounds = Storms.Long ? 20 : 1;
        // A review that accepts brings nothing new into the store; a task does, its review, and is only recorded when there is memory again.
        await using var fleet = await RedisFleet.StartAsync(seed, revisionRate: 0);

        var (recorded, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            await fleet.AcceptAsync(runs: 2, tasks: 12);
            var held = await TakeMemoryAsync();
            for (; held.Count == 0; held = await TakeMemoryAsync())
            {
                await fleet.Redis.CallAsync("CONFIG", "SET", "maxmemory", "0");
                // Those that were quicker are fewer by then, and in the end none.
                await fleet.AcceptAsync(runs: 1, tasks: 12);
            }

            await Storms.UntilAsync("the reviews are recorded", async () => await CountRecordedAsync(held) == held.Count);
            recorded += held.Count;
            var refusedRun = fleet.NextRun();
            Assert.Contains("maxmemory", (await fleet.Ledger.SubmitAsync(refusedRun, tasks: 2)).Exits(Unavailable).Error, StringComparison.Ordinal);
            refused++;
            Assert.True(await fleet.Workers.HasWorkAsync(fleet.Ledger.Accepted), "There must be work left that nobody may claim.");
            await fleet.Redis.CallAsync("CONFIG", "SET", "maxmemory", "0");
            await fleet.Ledger.AcceptAsync(refusedRun, tasks: 2);
        }

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: {rounds} times without memory, {recorded} executions recorded and {refused} submissions refused meanwhile, said {fleet.Logged("out of memory")} times; {findings}");
        findings.AssertKept();
        Assert.Equal((0L, 0L), (findings.Deaths, findings.Repeated));
        Assert.True(recorded >= rounds, "Each shortage must have come while something was executed.");

        // The reviews that are under way when there is no memory any more: none, if they were quicker.
        async Task<List<(string Run, StepRecord Step)>> TakeMemoryAsync()
        {
            await Storms.UntilAsync("reviews are under way", async () => (await ReviewsAsync()).Count > 0);
            var used = await fleet.Redis.FigureAsync("memory", "used_memory");
            await fleet.Redis.CallAsync("CONFIG", "SET", "maxmemory", (used / 2).ToString(CultureInfo.InvariantCulture));
            return await ReviewsAsync();
        }

        async Task<List<(string Run, StepRecord Step)>> ReviewsAsync() => (await fleet.HeldAsync(newest: 6)).FindAll(held => held.Step.Definition == StandardWorkflow.Review);

        async Task<int> CountRecordedAsync(IEnumerable<(string Run, StepRecord Step)> steps)
        {
            var count = 0;
            foreach (var (run, step) in steps)
                count += (await fleet.Workers.StepAsync(run, step.Key)).Status == StepStatus.Succeeded ? 1 : 0;
            return count;
        }
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task An_emptied_store_is_left_empty_by_workers_that_say_so()
    {
        var seed = Storms.Seed(2302);
        // They end only when the grace time is over: until then they repeat what is refused. Calls are answered in a fraction of it.
        await using var fleet = await RedisFleet.StartAsync(seed, grace: Storms.Long ? "30s" : "5s");
        await fleet.AcceptAsync(runs: 2, tasks: 12);
        await fleet.UnderLoadAsync();
        var held = (await fleet.HeldAsync()).Count;

        await fleet.Redis.CallAsync("FLUSHALL");

        var calls = fleet.Simulator.Requests.Length;
        await Storms.UntilAsync("all say so", () => RedisFleet.Instances.All(SaysSo));
        // Whatever was answered is reported, and refused, by the time that a worker has stopped.
        var results = await fleet.Workers.StopAllAsync();
        output.Tell($"seed {seed}: emptied once, {held} steps under way, said {fleet.Logged("was emptied")} times; exit codes {string.Join(", ", results.Select(result => result.ExitCode))}");
        Assert.Equal(0L, await fleet.Redis.CallAsync("DBSIZE"));
        // A slot that had a step may have been about to ask for its answer; nobody begins another one.
        Assert.InRange(fleet.Simulator.Requests.Length - calls, 0, RedisFleet.Instances.Count * RedisFleet.Slots);
        Assert.All(results, result => Assert.Contains("was emptied", result.Error, StringComparison.Ordinal));
        Assert.True(held > 0, "It must have been emptied under load.");

        bool SaysSo(string instance) => WorkerLogs.Lines(fleet.Workspace).Any(
            line => line.Contains("was emptied", StringComparison.Ordinal) && line.Contains($"\"{instance}\"", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task Scripts_forgotten_all_the_time_cost_nothing_but_time()
    {
        var seed = Storms.Seed(2303);
        var runs = Storms.Long ? 40 : 2;
        await using var fleet = await RedisFleet.StartAsync(seed);
        using var end = new CancellationTokenSource();
        var forgetting = ForgetAsync();

        await fleet.AcceptAsync(runs, tasks: 6);
        await fleet.Workers.DrainedAsync(fleet.Ledger.Accepted);
        await end.CancelAsync();
        var forgotten = await forgetting;

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: scripts forgotten {forgotten} times; {findings}");
        findings.AssertKept();
        Assert.Equal((0L, 0L), (findings.Deaths, findings.Repeated));
        Assert.True(forgotten > runs, "They must have been forgotten under load.");

        async Task<int> ForgetAsync()
        {
            var times = 0;
            for (; !end.IsCancellationRequested; times++)
            {
                await fleet.Redis.CallAsync("SCRIPT", "FLUSH");
                await Task.Delay(2);
            }

            return times;
        }
    }
}
