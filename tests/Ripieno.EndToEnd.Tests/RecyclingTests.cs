using System.Globalization;
using System.Text.Json;
using Ripieno.EndToEnd.Tests.Kills;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Sqlite;

namespace Ripieno.EndToEnd.Tests;

/// <summary>Workers that end in the middle of work because they are asked to: to be replaced, or for good.</summary>
[Collection(Collections.Embedded)]
public sealed class RecyclingTests(ITestOutputHelper output)
{
    private const int Done = 0, Drained = 75;

    private static readonly int Tasks = Storms.Long ? 40 : 24;

    [Fact]
    public async Task Workers_that_recycle_under_load_hand_a_run_on_without_losing_or_repeating_anything()
    {
        using var workspace = Prepare("""{ "runtime": { "recycleAfterSteps": 12, "simulated": { "latency": "250ms", "concurrency": 4, "revisionRate": 0 } } }""");
        await SubmitAsync(workspace, "handed-on");
        await using var store = await SqliteStore.OpenAsync(workspace.Store, TimeProvider.System, CancellationToken.None);

        var recycled = 0;
        var inFlight = 0;
        while ((await store.FindRunAsync("handed-on", CancellationToken.None))!.Status == RunStatus.Running)
        {
            // What a supervisor does. The last one reaches no bound, so it is told to end.
            using var worker = RipienoProcess.Start(workspace, null, "worker");
            while (!worker.HasExited && (await store.FindRunAsync("handed-on", CancellationToken.None))!.Status == RunStatus.Running)
                await Task.Delay(20);
            if ((await store.FindRunAsync("handed-on", CancellationToken.None))!.Status != RunStatus.Running)
                worker.Signal("TERM");
            var ended = await worker.WaitAsync();
            if (ended.ExitCode == Drained)
            {
                recycled++;
                inFlight += UnderWay(ended.Error);
                Assert.Contains("(recycleAfterSteps 12)", ended.Error, StringComparison.Ordinal);
            }
            else
            {
                ended.Exits(Done);
            }

            Assert.Empty(await store.ListInstancesAsync(CancellationToken.None));
        }

        var steps = await store.ListStepsAsync("handed-on", -1, 10_000, CancellationToken.None);
        var line = $"{recycled} workers recycled with {inFlight} steps under way; {steps.Count} steps, {steps.Sum(step => step.Epoch)} executions";
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
        // Each looks once a second whether its bound is reached, and has done more than that by then.
        Assert.True(recycled >= (Storms.Long ? 3 : 2) && inFlight > 0, line);
        Assert.All(steps, step => Assert.Equal((StepStatus.Succeeded, 1), (step.Status, step.Epoch)));
        Assert.True(steps.Count > 2 * Tasks, "Each task must have been executed and reviewed.");
    }

    [Fact]
    public async Task A_worker_that_is_told_to_end_under_load_hands_back_at_once_what_does_not_fit_into_its_grace_time()
    {
        using var workspace = Prepare("""{ "runtime": { "simulated": { "latency": "1h", "concurrency": 4 } } }""");
        await SubmitAsync(workspace, "slow");
        await using var store = await SqliteStore.OpenAsync(workspace.Store, TimeProvider.System, CancellationToken.None);
        using var phases = PhaseCounters.Open(workspace.In("phases"));
        using var worker = RipienoProcess.Start(workspace, PhaseCounters.Environment(workspace.In("phases")), "worker", "--grace", "1s");
        while (phases.InCall == 0 && !worker.HasExited)
            await Task.Delay(20);

        worker.Signal("TERM");
        var ended = (await worker.WaitAsync()).Exits(Done);

        Assert.Equal(1, UnderWay(ended.Error));
        var plan = (await store.ListStepsAsync("slow", -1, 10, CancellationToken.None))[0];
        Assert.Equal((StepStatus.Ready, 1, 0, 0), (plan.Status, plan.Epoch, plan.FailedAttempts, plan.Deaths));
        Assert.Empty(await store.ListInstancesAsync(CancellationToken.None));
    }

    private static Workspace Prepare(string configuration)
    {
        var workspace = new Workspace();
        workspace.Write("config/agents.config.json", configuration);
        workspace.Write("backlog.json", JsonSerializer.Serialize(Enumerable.Range(1, Tasks).Select(number => new { title = $"Task {number}" })));
        return workspace;
    }

    private static async Task SubmitAsync(Workspace workspace, string run) =>
        (await RipienoProcess.RunAsync(workspace, "submit", "backlog.json", "--id", run, "--provider", "simulated")).Exits(Done);

    /// <summary>From <c>Draining: 4 steps under way, …</c>.</summary>
    private static int UnderWay(string error)
    {
        var line = error.Split('\n').SingleOrDefault(line => line.StartsWith("Draining: ", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
