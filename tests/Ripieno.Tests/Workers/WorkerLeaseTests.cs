using Microsoft.Extensions.Time.Testing;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>Who holds a step when instances freeze, die, or are taken for dead. A worker on a clock of its own that stands still is a frozen process.</summary>
public sealed class WorkerLeaseTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_cancellation_by_another_process_aborts_the_step_before_the_heartbeat_and_ends_the_run()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"), Step("b", "a"));
        // A heartbeat so rare that it is not what notices, however long the test looks.
        await scene.StartAsync(scene.Options() with { Lease = new() { Duration = TimeSpan.FromHours(60), Heartbeat = TimeSpan.FromHours(20) } });
        await held.Began;
        var elsewhere = await scene.OpenStoreAsync();

        Assert.True(await elsewhere.CancelAsync("run", default));
        await scene.UntilAsync(() => held.Aborted, Second);

        Assert.Equal(RunStatus.Cancelled, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(StepStatus.Cancelled, (await scene.StepAsync("run", "a")).Status);
        Assert.Equal(0, (await scene.StepAsync("run", "b")).Epoch);
    }

    [Fact]
    public async Task A_cancellation_in_this_process_aborts_the_step_too()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync();
        await held.Began;

        await scene.Store.CancelAsync("run", default);

        Assert.Equal(RunStatus.Cancelled, (await scene.RunEndsAsync("run", Second)).Status);
        Assert.True(held.Aborted);
    }

    [Fact]
    public async Task A_worker_that_was_silent_as_long_as_its_lease_looks_after_what_else_it_holds_until_that_succeeds()
    {
        await using var scene = await OpenAsync();
        var (clock, looked) = (new FakeTimeProvider(scene.Time.GetUtcNow()), 0);
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        // So long that the test's clock does not run through it while a heartbeat is on its way.
        var lease = TimeSpan.FromHours(60);
        var worker = await scene.StartAsync(
            scene.Options() with
            {
                Lease = new() { Duration = lease, Heartbeat = 10 * Second },
                AfterSilence = _ => Interlocked.Increment(ref looked) == 1 ? throw new StoreUnavailableException("away") : Task.FromResult(3),
            },
            store: store, time: clock);
        await scene.UntilAsync(() => store.Calls(nameof(IStore.RenewAsync)) > 2, Second, clock);

        Assert.Equal(0, Volatile.Read(ref looked));
        clock.Advance(lease);
        await scene.UntilAsync(() => worker.CallsAborted > 0, Second, clock);

        Assert.Equal((2, 3), (Volatile.Read(ref looked), worker.CallsAborted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_that_another_took_after_the_lease_is_aborted_and_its_late_result_refused(bool deaf)
    {
        await using var scene = await OpenAsync();
        var (held, clock) = await FreezeAsync(scene, deaf);
        scene.Time.Advance(Lease + Second);
        var other = await scene.RegisterAsync("two", Lease);
        var taken = await scene.ClaimAsync(other, Lease);
        Assert.Equal(2, taken!.Lease.Epoch);

        await scene.UntilAsync(() => held.Aborted, Second, clock);
        held.Finish(new() { Result = "1"u8.ToArray() });
        if (deaf)
            await scene.UntilAsync(async () => (await scene.EventsAsync("run")).Any(item => item.Kind == RunEventKind.LateReport));
        Assert.Equal(StepStatus.Running, (await scene.StepAsync("run", "a")).Status);

        await scene.Store.CompleteAsync(taken.Lease, new() { Result = "2"u8.ToArray() }, default);
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(ContentHash.Of("2"u8), (await scene.StepAsync("run", "a")).Result);
    }

    [Fact]
    public async Task The_late_result_of_a_lapsed_lease_that_no_one_took_is_accepted()
    {
        await using var scene = await OpenAsync();
        var (held, _) = await FreezeAsync(scene);
        await LapseAsync(scene);

        held.Finish(new() { Result = "1"u8.ToArray() });

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((1, ContentHash.Of("1"u8)), (step.Epoch, step.Result));
    }

    [Fact]
    public async Task A_process_that_wakes_before_anyone_took_its_step_takes_it_back()
    {
        await using var scene = await OpenAsync();
        var (held, clock) = await FreezeAsync(scene);
        await LapseAsync(scene);

        var back = await WakeAsync(scene, clock);

        Assert.Equal((1, 0, "one"), (back.Epoch, back.Deaths, back.Instance));
        Assert.False(held.Aborted);
        held.Finish();
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
    }

    [Fact]
    public async Task A_live_process_that_was_taken_for_dead_registers_again_and_keeps_its_step()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        // A free slot: it must not execute its own step a second time beside the first.
        await scene.StartAsync(scene.Options(slots: 2));
        await held.Began;
        var mistaken = Assert.Single(await scene.Store.ListInstancesAsync(default));

        await scene.Store.EndInstanceAsync(mistaken.Incarnation, InstanceEnd.Died, default);

        var back = await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Running && step.Instance == "one", Second);
        Assert.Equal((1, 0), (back.Epoch, back.Deaths));
        Assert.False(held.Aborted);
        held.Finish();
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(["+a", "-a"], scene.Executor.Story);
    }

    [Fact]
    public async Task A_worker_that_was_out_of_touch_gives_others_the_time_of_a_renewal_and_no_more()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var other = await scene.RegisterAsync("two", Lease);
        Assert.NotNull(await scene.ClaimAsync(other, Lease));
        var (away, asked) = (false, 0);
        // The store stands still for both.
        var store = new FaultyStore(scene.Store, (operation, _) => Volatile.Read(ref away) && operation is (nameof(IStore.RenewAsync) or nameof(IStore.ClaimAsync)) ? Fault.Unavailable : Fault.None);
        await scene.StartAsync(scene.Options(slots: 1) with { Lease = new() { Duration = 2 * Lease, Heartbeat = 10 * Second } }, store: store);
        Volatile.Write(ref away, true);
        scene.Time.Advance(1.5 * Lease);
        await scene.UntilAsync(() => store.Fired.Values.Sum() > 2, TimeSpan.FromMilliseconds(1));
        Volatile.Write(ref away, false);
        asked = store.Calls(nameof(IStore.ClaimAsync));

        await scene.UntilAsync(() => store.Calls(nameof(IStore.ClaimAsync)) > asked + 3, TimeSpan.FromMilliseconds(1));

        Assert.Equal((StepStatus.Running, 0), ((await scene.StepAsync("run", "a")).Status, (await scene.StepAsync("run", "a")).Deaths));
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Second)).Status);
        Assert.Equal((2, 1), ((await scene.StepAsync("run", "a")).Epoch, (await scene.StepAsync("run", "a")).Deaths));
    }

    [Fact]
    public async Task The_steps_of_a_dead_process_of_this_machine_are_taken_over_at_the_start_without_waiting_for_the_lease()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var dead = await scene.RegisterAsync("one", TimeSpan.FromHours(9), pid: int.MaxValue);
        await scene.ClaimAsync(dead, TimeSpan.FromHours(9));
        var before = scene.Time.GetUtcNow();

        await scene.StartAsync(id: "one");

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(before, scene.Time.GetUtcNow());
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((2, 1, 0), (step.Epoch, step.Deaths, step.FailedAttempts));
        Assert.DoesNotContain(await scene.Store.ListInstancesAsync(default), instance => instance.Incarnation == dead.Incarnation);
    }

    [Fact]
    public async Task A_process_that_dies_beside_a_worker_is_noticed_at_the_next_pulse()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var clock = new FakeTimeProvider(scene.Time.GetUtcNow());
        await scene.StartAsync(scene.Options() with { Classes = [new("default", "none")] }, time: clock);
        var other = await scene.RegisterAsync("busy", TimeSpan.FromHours(9));
        // The pid lives (it is this process) but was given out again: the start differs.
        var dead = await scene.RegisterAsync("gone", TimeSpan.FromHours(9), start: 1);
        Assert.NotNull(await scene.ClaimAsync(dead, TimeSpan.FromHours(9)));

        await scene.StepBecomesAsyncOn(clock, "run", "a", step => step.Status == StepStatus.Ready);

        Assert.Equal(1, (await scene.StepAsync("run", "a")).Deaths);
        Assert.Contains(await scene.Store.ListInstancesAsync(default), instance => instance.Incarnation == other.Incarnation);
    }

    [Fact]
    public async Task A_second_live_instance_of_one_id_is_refused_by_name()
    {
        await using var scene = await OpenAsync();
        await scene.StartAsync(id: "gpu-1");

        var refusal = await Assert.ThrowsAsync<ConflictException>(() => scene.StartAsync(id: "gpu-1"));

        Assert.Contains("'gpu-1'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        Assert.Single(await scene.Store.ListInstancesAsync(default));
    }

    [Fact]
    public async Task Heartbeats_keep_the_lease_for_as_long_as_the_step_takes()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync(scene.Options() with { Lease = new() { Duration = TimeSpan.FromSeconds(30), Heartbeat = TimeSpan.FromSeconds(10) } });
        await held.Began;
        var due = (await scene.StepAsync("run", "a")).DueAt;

        // Each heartbeat is waited for before time goes on, so that a slow machine cannot make the lease lapse.
        for (var beats = 0; beats < 10; beats++)
        {
            scene.Time.Advance(TimeSpan.FromSeconds(10));
            var before = due;
            await scene.UntilAsync(async () => (due = (await scene.StepAsync("run", "a")).DueAt) > before, TimeSpan.FromMilliseconds(1));
        }

        held.Finish();
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(1, (await scene.StepAsync("run", "a")).Epoch);
    }

    [Fact]
    public async Task A_worker_whose_heartbeats_are_starved_drops_what_another_took_as_soon_as_one_gets_through()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var starving = true;
        var store = new FaultyStore(scene.Store, (operation, before) => operation == nameof(IStore.RenewAsync) && starving ? (before % 2 == 0 ? Fault.Unavailable : Fault.LostBefore) : Fault.None);
        // Its only slot is busy, so that no claim keeps the lease either.
        await scene.StartAsync(scene.Options(slots: 1) with { Lease = new() { Duration = Lease, Heartbeat = TimeSpan.FromSeconds(10) } }, store: store);
        await held.Began;
        var began = scene.Time.GetUtcNow();
        await scene.UntilAsync(() => scene.Time.GetUtcNow() - began > Lease && store.Fired.Count == 2, Second);
        var other = await scene.RegisterAsync("two", TimeSpan.FromHours(99));
        var taken = await scene.ClaimAsync(other, TimeSpan.FromHours(99));
        Assert.Equal(2, taken!.Lease.Epoch);
        Assert.False(held.Aborted);

        starving = false;
        await scene.UntilAsync(() => held.Aborted, Second);

        await scene.Store.CompleteAsync(taken.Lease, new(), default);
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal((2, 1), ((await scene.StepAsync("run", "a")).Epoch, (await scene.StepAsync("run", "a")).Deaths));
        TestContext.Current.SendDiagnosticMessage($"heartbeats starved: {string.Join(", ", store.Fired.Select(fault => $"{fault.Key.Fault} {fault.Value}"))}");
    }

    [Fact]
    public void A_step_that_ends_while_it_is_aborted_does_no_harm()
    {
        var slot = new Slot(new() { Lease = new("run", 0, 1), Key = "a", Definition = "work", Class = Work, Generation = 1, FailedAttempts = 0, Input = default, SnapshotHash = default }, new(TimeProvider.System, "run", "a"));
        slot.Dispose();

        slot.Abort(AbortReason.RunCancelled);

        Assert.Equal(AbortReason.RunCancelled, slot.Reason);
    }

    private static async Task<(HeldStep Held, FakeTimeProvider Clock)> FreezeAsync(WorkerScene scene, bool deaf = false)
    {
        var held = new HeldStep { Deaf = deaf };
        scene.Executor.Next("a", (_, cancellation) => held.ExecuteAsync(cancellation));
        await scene.SubmitAsync("run", Step("a"));
        var clock = new FakeTimeProvider(scene.Time.GetUtcNow());
        await scene.StartAsync(scene.Options(slots: 1) with { Lease = new() { Duration = Lease, Heartbeat = TimeSpan.FromSeconds(10) } }, time: clock);
        await held.Began;
        return (held, clock);
    }

    /// <summary>The lease runs out, and somebody who wants other work notices.</summary>
    private static async Task LapseAsync(WorkerScene scene)
    {
        scene.Time.Advance(Lease + Second);
        var other = await scene.RegisterAsync("two", Lease);
        Assert.Null(await scene.ClaimAsync(other, Lease, new StepClass("default", "other")));
        Assert.Equal(StepStatus.Ready, (await scene.StepAsync("run", "a")).Status);
    }

    private static async Task<StepRecord> WakeAsync(WorkerScene scene, FakeTimeProvider clock) =>
        await scene.StepBecomesAsyncOn(clock, "run", "a", step => step.Status == StepStatus.Running);
}
