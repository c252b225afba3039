using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>What a store hands out with a report begins in the slot that becomes free.</summary>
public sealed class WorkerFollowUpTests
{
    private static readonly StepClass OtherClass = new("default", "other");

    [Fact]
    public async Task A_chain_is_executed_without_another_claim_between()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"), Step("c", "b"));
        await using var store = Following(scene);
        await scene.StartAsync(store: store);

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);

        Assert.Equal(["+a", "-a", "+b", "-b", "+c", "-c"], scene.Executor.Story);
        Assert.Equal(["b", "c"], store.Followed.Values.Select(step => step.Key).Order());
        Assert.Equal(1, scene.Executor.MostInFlight);
    }

    [Fact]
    public async Task A_bound_of_a_class_holds_for_what_follows_and_what_is_claimed_together()
    {
        await using var scene = await OpenAsync();
        var other = new ScriptedExecutor("other");
        StepSpec Next(string key, string after) => Step(key, after) with { Class = OtherClass, Definition = "other" };
        for (var run = 0; run < 6; run++)
            await scene.SubmitAsync($"run{run}", Step($"a{run}"), Next($"b{run}", $"a{run}"), Next($"c{run}", $"b{run}"));
        await using var store = Following(scene);
        var options = scene.Options(slots: 4) with { Classes = [Work, OtherClass], Bounds = new Dictionary<StepClass, int> { [OtherClass] = 1 } };
        await using var worker = new Worker(store, ThisInstance.Describe("one", 4, scene.Time), options, [scene.Executor, other], scene.Time);
        await worker.StartAsync(CancellationToken.None);

        for (var run = 0; run < 6; run++)
            Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync($"run{run}", TimeSpan.FromMilliseconds(10))).Status);

        Assert.Equal(1, other.MostInFlight);
        // In the place of its own a step of the class goes on; any other is claimed.
        Assert.NotEmpty(store.Followed);
        Assert.All(store.Followed.Values, step => Assert.StartsWith("c", step.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_follows_once_the_worker_stops()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        await using var store = Following(scene);
        var worker = await scene.StartAsync(store: store);
        await held.Began;

        var stopping = worker.StopAsync(TimeSpan.FromHours(1), CancellationToken.None);
        await scene.SettleAsync();
        held.Finish();
        await scene.UntilAsync(() => stopping.IsCompleted);

        Assert.Empty(store.Followed);
        var next = await scene.StepAsync("run", "b");
        Assert.Equal((StepStatus.Ready, 0), (next.Status, next.Epoch));
    }

    [Fact]
    public async Task What_was_asked_for_before_the_worker_stopped_is_waited_for()
    {
        await using var scene = await OpenAsync();
        var next = scene.Executor.HoldNext("b");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var store = new FaultyStore(scene.Store, (operation, before) =>
        {
            if (operation != nameof(IStore.CompleteAsync) || before > 0)
                return Fault.None;
            asked.TrySetResult();
            return Fault.Delayed;
        })
        { FollowLease = TimeSpan.FromDays(2), Time = scene.Time, Delay = (_, _) => (TimeSpan.Zero, TimeSpan.FromMinutes(1)) };
        var worker = await scene.StartAsync(store: store);
        await asked.Task;

        // The answer is on its way: what the stopping worker finds in its slots is the step that is being reported.
        var stopping = worker.StopAsync(TimeSpan.FromHours(5), CancellationToken.None);
        await scene.UntilAsync(() => next.Began.IsCompleted, TimeSpan.FromSeconds(1));
        await scene.SettleAsync();
        Assert.False(stopping.IsCompleted);
        next.Finish();
        await scene.UntilAsync(() => stopping.IsCompleted, TimeSpan.FromSeconds(1));

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
    }

    [Fact]
    public async Task What_follows_in_a_run_that_the_worker_does_not_take_any_more_is_handed_back()
    {
        await using var scene = await OpenAsync();
        var runs = RunSelection.Only("run");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // It would stay where it is for ever.
        scene.Executor.HoldNext("b");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        await using var store = new FaultyStore(scene.Store, (operation, _) =>
        {
            // The answer is on its way when the run is taken out.
            if (operation == nameof(IStore.CompleteAsync))
            {
                runs.Remove("run");
                asked.TrySetResult();
            }

            return Fault.None;
        })
        { FollowLease = TimeSpan.FromDays(2) };
        await scene.StartAsync(scene.Options() with { Runs = runs }, store: store);
        await asked.Task;

        var back = await scene.StepBecomesAsync("run", "b", step => step is { Status: StepStatus.Ready, Epoch: 1 });

        Assert.Equal(0, back.FailedAttempts);
    }

    private static FaultyStore Following(WorkerScene scene) => new(scene.Store, (_, _) => Fault.None) { FollowLease = TimeSpan.FromDays(2) };
}
