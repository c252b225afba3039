using Ripieno.Agents;
using Ripieno.Runs;
using Ripieno.Storage;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>How a worker ends and what it leaves.</summary>
public sealed class WorkerStopTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Stopping_at_once_hands_steps_back_and_another_worker_goes_on_at_no_cost()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        var worker = await scene.StartAsync();
        await held.Began;

        await worker.StopAsync(TimeSpan.Zero);

        var step = await scene.StepAsync("run", "a");
        Assert.True(held.Aborted);
        Assert.Equal((StepStatus.Ready, 0, 0), (step.Status, step.FailedAttempts, step.Deaths));
        Assert.Empty(await scene.Store.ListInstancesAsync(default));
        await scene.StartAsync();
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(2, (await scene.StepAsync("run", "a")).Epoch);
    }

    [Fact]
    public async Task Within_the_grace_time_steps_in_flight_finish_and_none_begins()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        var worker = await scene.StartAsync(scene.Options(slots: 2));
        await held.Began;

        var stopping = worker.StopAsync(TimeSpan.FromMinutes(5));
        await scene.SettleAsync();
        Assert.False(held.Aborted);
        held.Finish();
        await stopping;

        Assert.Equal(StepStatus.Succeeded, (await scene.StepAsync("run", "a")).Status);
        var next = await scene.StepAsync("run", "b");
        Assert.Equal((StepStatus.Ready, 0), (next.Status, next.Epoch));
        Assert.Empty(await scene.Store.ListInstancesAsync(default));
    }

    [Fact]
    public async Task When_the_grace_time_is_over_the_rest_is_handed_back()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var worker = await scene.StartAsync();
        await held.Began;
        var began = scene.Time.GetUtcNow();

        var stopping = worker.StopAsync(TimeSpan.FromSeconds(20));
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);

        await stopping;
        Assert.True(held.Aborted);
        Assert.True(scene.Time.GetUtcNow() - began >= TimeSpan.FromSeconds(20));
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((StepStatus.Ready, 0), (step.Status, step.FailedAttempts));
    }

    [Fact]
    public async Task Code_that_does_not_listen_is_left_behind_and_its_late_result_changes_nothing()
    {
        await using var scene = await OpenAsync();
        var deaf = new HeldStep { Deaf = true };
        scene.Executor.Next("a", (_, cancellation) => deaf.ExecuteAsync(cancellation));
        await scene.SubmitAsync("run", Step("a"));
        var worker = await scene.StartAsync();
        await deaf.Began;

        var stopping = worker.StopAsync(TimeSpan.Zero);
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;
        Assert.Equal(StepStatus.Ready, (await scene.StepAsync("run", "a")).Status);

        deaf.Finish(new() { Result = "\"late\""u8.ToArray() });
        await scene.SettleAsync();
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((StepStatus.Ready, null), (step.Status, step.Result));
    }

    [Fact]
    public async Task A_failure_that_comes_of_being_stopped_is_no_failure_of_the_step()
    {
        await using var scene = await OpenAsync();
        var held = new HeldStep { ThrowsWhenAborted = new IOException("The connection was closed.") };
        scene.Executor.Next("a", (_, cancellation) => held.ExecuteAsync(cancellation));
        await scene.SubmitAsync("run", Step("a"));
        var worker = await scene.StartAsync();
        await held.Began;

        await worker.StopAsync(TimeSpan.Zero);

        var step = await scene.StepAsync("run", "a");
        Assert.Equal((StepStatus.Ready, 0), (step.Status, step.FailedAttempts));
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        await using var scene = await OpenAsync();
        var worker = await scene.StartAsync();

        await worker.StopAsync(TimeSpan.Zero);
        await worker.StopAsync(TimeSpan.FromHours(1));

        Assert.Empty(await scene.Store.ListInstancesAsync(default));
    }

    [Fact]
    public async Task Steps_of_a_claim_that_was_on_its_way_may_finish_within_the_grace_time()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        var store = Slow(scene, nameof(IStore.ClaimAsync), after: TimeSpan.FromSeconds(5));
        var worker = await scene.StartAsync(store: store);
        await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Running);

        var stopping = worker.StopAsync(TimeSpan.FromMinutes(5));
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;

        Assert.Equal(StepStatus.Succeeded, (await scene.StepAsync("run", "a")).Status);
        Assert.Equal(0, (await scene.StepAsync("run", "b")).Epoch);
        Assert.Equal(1, store.Fired[(nameof(IStore.ClaimAsync), Fault.Delayed)]);
        Assert.Empty(await scene.Store.ListInstancesAsync(default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task A_claim_whose_answer_does_not_come_does_not_keep_the_worker_and_its_steps_are_handed_back_unexecuted(int grace)
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var store = Slow(scene, nameof(IStore.ClaimAsync), after: TimeSpan.FromHours(5));
        var worker = await scene.StartAsync(store: store);
        await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Running);
        var began = scene.Time.GetUtcNow();

        var stopping = worker.StopAsync(TimeSpan.FromSeconds(grace));
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;

        // Virtual time, which goes on while threads come forward: far below the claim's five hours is what counts.
        Assert.InRange(scene.Time.GetUtcNow() - began, TimeSpan.FromSeconds(grace), TimeSpan.FromHours(1));
        Assert.Equal(StepStatus.Ready, (await scene.StepAsync("run", "a")).Status);
        Assert.Empty(await scene.Store.ListInstancesAsync(default));

        scene.Time.Advance(TimeSpan.FromHours(5));
        await scene.SettleAsync();
        Assert.Empty(scene.Executor.Story);
        Assert.Equal((StepStatus.Ready, 1), ((await scene.StepAsync("run", "a")).Status, (await scene.StepAsync("run", "a")).Epoch));
    }

    [Fact]
    public async Task A_claim_that_answers_while_the_rest_is_being_aborted_is_handed_back_unexecuted()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var store = Slow(scene, nameof(IStore.ClaimAsync), after: TimeSpan.FromSeconds(1));
        var worker = await scene.StartAsync(store: store);
        await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Running);

        var stopping = worker.StopAsync(TimeSpan.Zero);
        await scene.UntilAsync(() => stopping.IsCompleted, TimeSpan.FromMilliseconds(10));
        await stopping;

        Assert.Empty(scene.Executor.Story);
        Assert.Equal(StepStatus.Ready, (await scene.StepAsync("run", "a")).Status);
    }

    /// <param name="operation">What does not answer any more when the worker stops.</param>
    [Theory]
    [InlineData(nameof(IStore.CompleteAsync))]
    [InlineData(nameof(IStore.RenewAsync))]
    [InlineData(nameof(IStore.EndInstanceAsync))]
    public async Task A_store_that_does_not_answer_keeps_a_worker_for_its_grace_time_and_a_moment(string operation)
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var store = Slow(scene, operation, before: TimeSpan.FromHours(5));
        var worker = await scene.StartAsync(store: store);
        await held.Began;
        if (operation == nameof(IStore.RenewAsync))
            await scene.UntilAsync(() => store.Calls(operation) > 0, Pace);
        held.Finish();
        var began = scene.Time.GetUtcNow();

        var stopping = worker.StopAsync(TimeSpan.FromSeconds(20));
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;

        Assert.True(store.Fired[(operation, Fault.Delayed)] > 0);
        Assert.True(scene.Time.GetUtcNow() - began < TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_store_that_comes_back_within_the_grace_time_gets_the_results_that_were_waiting()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        var worker = await scene.StartAsync(store: store);
        await held.Began;
        store.Plan = (_, _) => Fault.Unavailable;
        held.Finish();

        var stopping = worker.StopAsync(TimeSpan.FromHours(5));
        await scene.UntilAsync(() => store.Fired.GetValueOrDefault((nameof(IStore.CompleteAsync), Fault.Unavailable)) > 2, Pace);
        store.Plan = (_, _) => Fault.None;
        await scene.UntilAsync(() => stopping.IsCompleted, Pace);
        await stopping;

        Assert.Equal(StepStatus.Succeeded, (await scene.StepAsync("run", "a")).Status);
        Assert.Empty(await scene.Store.ListInstancesAsync(default));
    }

    [Fact]
    public async Task Steps_done_are_counted_however_they_ended()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new StepFailedException("no"));
        await scene.SubmitAsync("run", Step("a"), Step("b"));
        var worker = await scene.StartAsync();

        await scene.RunEndsAsync("run");

        await scene.UntilAsync(() => worker.StepsDone == 2);
    }

    private static FaultyStore Slow(WorkerScene scene, string operation, TimeSpan before = default, TimeSpan after = default) =>
        new(scene.Store, (name, _) => name == operation ? Fault.Delayed : Fault.None) { Time = scene.Time, Delay = (_, _) => (before, after) };
}
