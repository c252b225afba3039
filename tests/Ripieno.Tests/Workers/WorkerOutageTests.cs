using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>A store that is away, or whose answers get lost: every run still ends, with one result for each step.</summary>
public sealed class WorkerOutageTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Reports =
        [nameof(IStore.CompleteAsync), nameof(IStore.FailAsync), nameof(IStore.ParkAsync)];

    /// <param name="faultName">A <see cref="Fault"/>; its type is not public.</param>
    /// <param name="often">Every one of how many calls goes wrong.</param>
    [Theory]
    [InlineData(nameof(Fault.Unavailable), 2)]
    [InlineData(nameof(Fault.LostBefore), 2)]
    [InlineData(nameof(Fault.LostAfter), 2)]
    [InlineData(nameof(Fault.Twice), 1)]
    public async Task Reports_that_get_lost_or_doubled_leave_one_result_for_each_step(string faultName, int often)
    {
        var fault = Enum.Parse<Fault>(faultName);
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, before) => Reports.Contains(operation) && before % often == 0 ? fault : Fault.None);
        await SubmitAsync(scene);
        await scene.StartAsync(scene.Options(slots: 3), store: store);

        await AllSucceedAsync(scene, executions: 1);

        Assert.All(Reports, report => Assert.True(store.Fired.GetValueOrDefault((report, fault)) > 0, report));
    }

    [Theory]
    [InlineData(nameof(Fault.Unavailable))]
    [InlineData(nameof(Fault.LostBefore))]
    [InlineData(nameof(Fault.LostAfter))]
    public async Task Claims_heartbeats_and_reads_that_get_lost_delay_a_run_and_no_more(string faultName)
    {
        var fault = Enum.Parse<Fault>(faultName);
        string[] faulty = [nameof(IStore.ClaimAsync), nameof(IStore.RenewAsync), nameof(IStore.ListInstancesAsync), nameof(IStore.FindSnapshotAsync)];
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        await scene.StartAsync(scene.Options(slots: 3), store: store);
        store.Plan = (operation, before) => faulty.Contains(operation) && before % 3 == 0 ? fault : Fault.None;
        await SubmitAsync(scene);

        await AllSucceedAsync(scene, executions: null);

        await scene.UntilAsync(() => faulty.All(operation => store.Fired.ContainsKey((operation, fault))) || store.Calls(nameof(IStore.FindSnapshotAsync)) == 1, Pace);
        Assert.All(faulty[..3], operation => Assert.True(store.Fired.GetValueOrDefault((operation, fault)) > 0, operation));
    }

    [Fact]
    public async Task Steps_whose_claim_got_lost_are_handed_back_while_the_instance_lives()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, before) => operation == nameof(IStore.ClaimAsync) && before == 0 ? Fault.LostAfter : Fault.None);
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync(store: store);

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);

        var step = await scene.StepAsync("run", "a");
        Assert.Equal((2, 0, 0), (step.Epoch, step.Deaths, step.FailedAttempts));
        Assert.Equal(1, store.Fired[(nameof(IStore.ClaimAsync), Fault.LostAfter)]);
    }

    [Fact]
    public async Task Trouble_with_the_store_is_shown_and_goes_away_with_it()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.ClaimAsync) ? Fault.Unavailable : Fault.None);
        await scene.SubmitAsync("run", Step("a"));
        var worker = await scene.StartAsync(store: store);

        await scene.UntilAsync(() => worker.Trouble is not null);
        Assert.Equal("the store is on holiday", worker.Trouble);

        store.Plan = (_, _) => Fault.None;
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);
        Assert.Null(worker.Trouble);
    }

    [Fact]
    public async Task A_defect_in_the_store_does_not_end_the_loops_of_a_worker()
    {
        string[] faulty = [nameof(IStore.ClaimAsync), nameof(IStore.RenewAsync), nameof(IStore.ListInstancesAsync)];
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        var worker = await scene.StartAsync(store: store);
        store.Plan = (operation, _) => faulty.Contains(operation) ? Fault.Crash : Fault.None;
        await scene.UntilAsync(() => store.Fired.ContainsKey((faulty[0], Fault.Crash)) && store.Fired.ContainsKey((faulty[2], Fault.Crash)), Pace);
        Assert.Equal("NotSupportedException: a defect", worker.Trouble);
        store.Plan = (operation, _) => operation == nameof(IStore.RenewAsync) ? Fault.Crash : Fault.None;
        await scene.UntilAsync(() => store.Fired.ContainsKey((faulty[1], Fault.Crash)), Pace);

        store.Plan = (_, _) => Fault.None;
        await scene.SubmitAsync("run", Step("a"));

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);
        var renewed = store.Calls(nameof(IStore.RenewAsync));
        await scene.UntilAsync(() => store.Calls(nameof(IStore.RenewAsync)) > renewed, Pace);
    }

    [Fact]
    public async Task A_result_that_makes_the_store_stumble_fails_its_step()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.CompleteAsync) ? Fault.Crash : Fault.None);
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync(store: store);

        Assert.Equal(RunStatus.Failed, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal("NotSupportedException: a defect", (await scene.StepAsync("run", "a")).Reason);
    }

    [Fact]
    public async Task A_worker_that_stops_while_the_store_is_away_leaves_its_steps_to_the_lease()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        var worker = await scene.StartAsync(store: store);
        await held.Began;
        store.Plan = (_, _) => Fault.Unavailable;

        var stopping = worker.StopAsync(TimeSpan.Zero);
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;

        Assert.Equal(StepStatus.Running, (await scene.StepAsync("run", "a")).Status);
        scene.Time.Advance(TimeSpan.FromDays(3));
        await scene.StartAsync(id: "two");
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
    }

    /// <summary>Three runs in which steps succeed, fail once, and are parked once.</summary>
    private static async Task SubmitAsync(WorkerScene scene)
    {
        foreach (var run in Enumerable.Range(0, 3))
        {
            scene.Executor.NextFails($"{run}b", () => new ModelCallException("500"));
            scene.Executor.NextFails($"{run}c", () => new EndpointUnavailableException("503"));
            await scene.SubmitAsync($"run{run}", Step($"{run}a"), Step($"{run}b", $"{run}a"), Step($"{run}c", $"{run}a"), Step($"{run}d", $"{run}b", $"{run}c"));
        }
    }

    /// <param name="scene">Where the runs of <see cref="SubmitAsync"/> are.</param>
    /// <param name="executions">Of a step that neither failed nor was parked; null = any number.</param>
    private static async Task AllSucceedAsync(WorkerScene scene, int? executions)
    {
        foreach (var run in Enumerable.Range(0, 3))
        {
            Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync($"run{run}", Pace)).Status);
            var results = (await scene.EventsAsync($"run{run}")).Where(item => item.Kind == RunEventKind.StepSucceeded).Select(item => item.StepKey);
            Assert.Equal([$"{run}a", $"{run}b", $"{run}c", $"{run}d"], results.Order());
            if (executions is { } expected)
                Assert.Equal(expected, (await scene.StepAsync($"run{run}", $"{run}d")).Epoch);
        }
    }
}
