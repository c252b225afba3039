using Ripieno.Runs;
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
}
