using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Kills;

/// <summary>Promises I1, I3, I5, I6 and I8 under kill -9: nothing accepted is lost, nothing finished is done again, one result for each step.</summary>
public abstract class KillTests(ITestOutputHelper output, bool onRedis)
{
    private const int Tasks = 50, Slots = 8;

    /// <summary>Half a minute on the file, which has its own damage to fear from a kill, and seconds on a server; or a long storm when <c>./test --storms</c> asks for it.</summary>
    private int Kills => (Storms.Long, onRedis) switch { (true, _) => 500, (_, true) => 8, _ => 24 };

    [Fact]
    [Trait("Promise", "I6")]
    public async Task Kills_at_random_moments_change_nothing_about_how_runs_end()
    {
        var seed = Storms.Seed(20261);
        var random = new Random(seed);
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        workspace.Write("backlog.json", Backlog());
        workspace.Write("config/agents.config.json", """{ "runtime": { "simulated": { "latency": "40ms", "seed": 1 }, "maxDeathsAlone": 100 } }""");
        (await RipienoProcess.RunAsync(workspace, Arguments(workspace, "run", "undisturbed"))).Exits(0);

        var tally = new KillTally();
        var runs = new List<string>();
        while (tally.Kills < Kills)
        {
            runs.Add($"killed-{runs.Count}");
            await KillUntilDoneAsync(workspace, runs[^1], random, tally);
        }

        output.Tell($"seed {seed}: {tally}; {runs.Count} runs");
        if (!onRedis)
            Assert.Equal("ok", StoreFile.Integrity(workspace.Store));
        await using var store = await workspace.OpenStoreAsync();
        Assert.Empty((await store.CheckAsync(CancellationToken.None)).Problems);
        var expected = await OutcomeAsync(store, "undisturbed");
        Assert.True(expected.Count > 2 * Tasks, "The undisturbed run must have executed and reviewed each task.");
        var executions = 0L;
        foreach (var run in runs)
        {
            Assert.Equal(expected, await OutcomeAsync(store, run));
            executions += await CheckRecordsAsync(store, run);
        }

        // No execution but the one that each step needs and those that a kill cut off.
        Assert.Equal((long)runs.Count * expected.Count + tally.InFlight, executions);
        Assert.True(tally.Kills >= Kills && Math.Min(tally.InCall, Math.Min(tally.BeforeCommit, tally.InCommit)) > Kills / 10, tally.ToString());
    }

    private async Task KillUntilDoneAsync(Workspace workspace, string run, Random random, KillTally tally)
    {
        var phasesFile = workspace.In("phases");
        while (true)
        {
            File.Delete(phasesFile);
            using var phases = PhaseCounters.Open(phasesFile);
            using var cli = RipienoProcess.Start(workspace, PhaseCounters.Environment(phasesFile), Arguments(workspace, "run", run));
            var wait = Stopwatch.StartNew();
            while (phases.BegunSteps == 0 && !cli.HasExited)
                await Task.Delay(1);
            tally.FirstStep(wait.Elapsed);
            // Some way into the work, else a restarted process would be killed before it gets anywhere; then at any moment.
            var begun = random.Next(1, 40);
            while (phases.BegunSteps < begun && !cli.HasExited)
                await Task.Delay(1);
            await Task.Delay(random.Next(0, 60));
            Aim(random, phases, cli);
            if (tally.Kills < Kills && !cli.HasExited)
            {
                cli.Kill();
                await cli.WaitAsync();
                tally.Add(phases, await StepsInFlightAsync(workspace, run));
                continue;
            }

            (await cli.WaitAsync()).Exits(0);
            return;
        }
    }

    /// <summary>
    /// Most of the time passes in calls. So that the short phases are hit as well, two thirds of the kills wait for one of them to begin.
    /// </summary>
    private static void Aim(Random random, PhaseCounters phases, RipienoProcess cli)
    {
        Func<bool> reached = random.Next(3) switch
        {
            0 => () => phases.InCommit > 0,
            1 => () => phases.BetweenAnswerAndCommit > 0,
            _ => () => true,
        };
        SpinWait.SpinUntil(() => reached() || cli.HasExited, TimeSpan.FromSeconds(5));
    }

    private static async Task<int> StepsInFlightAsync(Workspace workspace, string run)
    {
        await using var store = await workspace.OpenStoreAsync();
        var overview = await store.FindOverviewAsync(run, CancellationToken.None);
        return overview?.Active.Count(step => step.Status == StepStatus.Running) ?? 0;
    }

    private static string[] Arguments(Workspace workspace, string command, string run) =>
    [
        command, "backlog.json", "--id", run, "--provider", "simulated", "--concurrency", Slots.ToString(CultureInfo.InvariantCulture), "--quiet", .. workspace.StoreOptions,
    ];

    /// <summary>What each step came to, by content: equal outcomes mean equal artifacts, notes and plans.</summary>
    private static async Task<List<string>> OutcomeAsync(IStore store, string run)
    {
        var record = await store.FindRunAsync(run, CancellationToken.None);
        Assert.Equal(RunStatus.Succeeded, record!.Status);
        var steps = await store.ListStepsAsync(run, -1, 10_000, CancellationToken.None);
        Assert.All(steps, step => Assert.Equal(StepStatus.Succeeded, step.Status));
        return [.. steps.Select(step => $"{step.Key} {(step.Definition == "summarize" ? null : step.Result)}").Order(StringComparer.Ordinal)];
    }

    /// <summary>One recorded result for each step; returns the number of executions.</summary>
    private static async Task<long> CheckRecordsAsync(IStore store, string run)
    {
        var events = await store.ListEventsAsync(run, 0, 100_000, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(item => item.Number));
        var steps = await store.ListStepsAsync(run, -1, 10_000, CancellationToken.None);
        foreach (var step in steps)
        {
            var records = events.Count(item => item.StepKey == step.Key && item.Kind is (RunEventKind.StepSucceeded or RunEventKind.StepExpanded));
            var isGroup = steps.Any(member => member.Parent == step.Index);
            Assert.True(records == (isGroup ? 2 : 1), $"{run}/{step.Key}: {records} records");
        }

        return steps.Sum(step => step.Epoch);
    }

    private static string Backlog() => JsonSerializer.Serialize(Enumerable.Range(1, Tasks).Select(number => new
    {
        title = $"Task {number}",
        description = $"Build part {number} of the product.",
        priority = number % 3 == 0 ? "High" : "Medium",
        dependencies = number % 5 == 0 ? new[] { $"Task {number - 1}" } : [],
    }));
}
