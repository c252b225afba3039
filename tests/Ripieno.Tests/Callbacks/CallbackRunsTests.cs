using System.Net;
using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Callbacks;
using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workflows;

namespace Ripieno.Tests.Callbacks;

/// <summary>Callbacks through the engine, on virtual time: accepted before their run, woken at its end, tried again, and not lost when anybody dies in between.</summary>
public sealed class CallbackRunsTests : IAsyncLifetime
{
    private const string Callback = "r.callback-1";

    private CallbackScene _callbacks = null!;

    private WorkerScene Scene => _callbacks.Scene;

    public async ValueTask InitializeAsync() => _callbacks = await CallbackScene.OpenAsync();

    public ValueTask DisposeAsync() => _callbacks.DisposeAsync();

    [Fact]
    public async Task The_end_of_a_run_is_told_at_once_without_time_going_by()
    {
        var held = Scene.Executor.HoldNext("work");
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();
        await _callbacks.WaitsAsync(Callback);
        Assert.Equal(CallbackStatus.Waiting, (await _callbacks.StateAsync("r")).Status);

        var before = Scene.Time.GetUtcNow();
        held.Finish();
        await Scene.RunEndsAsync(Callback);

        // A look of its own would have needed a minute.
        Assert.Equal(before, Scene.Time.GetUtcNow());
        var message = JsonDocument.Parse(Assert.Single(_callbacks.Receiver.Got).Body).RootElement;
        Assert.Equal("run.succeeded", message.GetProperty("type").GetString());
        var data = message.GetProperty("data");
        Assert.Equal(("r", "test", "succeeded", 1), (data.GetProperty("id").GetString(), data.GetProperty("workflow").GetString(), data.GetProperty("status").GetString(), data.GetProperty("steps").GetProperty("total").GetInt32()));
        var state = await _callbacks.StateAsync("r");
        Assert.Equal(("ci", Callback, CallbackStatus.Delivered, "HTTP 204", 1), (state.Callback, state.Run, state.Status, state.Detail, state.Tries));
    }

    [Fact]
    public async Task Waiting_takes_no_slot()
    {
        var held = Enumerable.Range(0, 2).Select(_ => Scene.Executor.HoldNext("work")).ToList();
        await _callbacks.SubmitAsync("r");
        await _callbacks.SubmitAsync("s");
        var worker = await _callbacks.StartAsync();
        await Scene.UntilAsync(() => Scene.Executor.InFlight == 2, TimeSpan.FromMilliseconds(100));

        Assert.Equal(2, worker.Slots.Count);
        held.ForEach(step => step.Finish());
        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));
        await Scene.RunEndsAsync("s.callback-1", TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_failed_delivery_is_tried_again_with_the_same_message_until_it_is_taken()
    {
        _callbacks.Receiver.Next(HttpStatusCode.InternalServerError, HttpStatusCode.BadGateway);
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();

        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));

        var got = _callbacks.Receiver.Got;
        Assert.Equal(3, got.Count);
        Assert.Single(got.Select(message => message.Id).Distinct());
        Assert.Single(got.Select(message => Convert.ToHexString(message.Body)).Distinct());
        Assert.Equal(3, (await _callbacks.StateAsync("r")).Tries);
    }

    [Fact]
    public async Task After_ten_tries_it_is_given_up_and_an_operator_may_try_again()
    {
        _callbacks.Receiver.Next([.. Enumerable.Repeat(HttpStatusCode.InternalServerError, 10)]);
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();

        // Time leaps only while nothing is under way: within a try it would run into the try's time limit.
        for (var tries = 1; tries < 10; tries++)
        {
            var failed = tries;
            var step = await Scene.StepBecomesAsync(
                Callback, CallbackWorkflow.Deliver, step => step.Status == StepStatus.Waiting && step.FailedAttempts == failed, TimeSpan.FromMilliseconds(100));
            Scene.Time.Advance(step.DueAt!.Value - Scene.Time.GetUtcNow());
        }

        var ended = await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));

        Assert.Equal((RunStatus.Failed, 10), (ended.Status, _callbacks.Receiver.Got.Count));
        Assert.Equal(RunStatus.Succeeded, (await Scene.Store.FindRunAsync("r", default))!.Status);
        Assert.Equal(CallbackStatus.Failed, (await _callbacks.StateAsync("r")).Status);

        Assert.Equal(1, await _callbacks.Coordinator.RetryAsync(Callback, [], default));
        Assert.Equal(RunStatus.Succeeded, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
        Assert.Single(_callbacks.Receiver.Got.Select(message => message.Id).Distinct());
    }

    [Fact]
    public async Task A_receiver_that_has_gone_is_asked_once()
    {
        _callbacks.Receiver.Next(HttpStatusCode.Gone);
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();

        Assert.Equal(RunStatus.Failed, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
        Assert.Single(_callbacks.Receiver.Got);
        Assert.Contains("410", (await _callbacks.StateAsync("r")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_asks_for_ten_minutes_gets_them()
    {
        _callbacks.Receiver.Next(() => new(HttpStatusCode.ServiceUnavailable) { Headers = { RetryAfter = new(TimeSpan.FromMinutes(10)) } });
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();

        var step = await Scene.StepBecomesAsync(Callback, CallbackWorkflow.Deliver, step => step.Status == StepStatus.Waiting, TimeSpan.FromMilliseconds(100));

        Assert.InRange(step.DueAt!.Value - Scene.Time.GetUtcNow(), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Equal(1, step.FailedAttempts);
    }

    [Fact]
    [Trait("Promise", "I18")]
    public async Task A_worker_without_the_callback_leaves_it_alone()
    {
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync("one", "other");
        await Scene.StepBecomesAsync(Callback, CallbackWorkflow.Wait, step => step.Status == StepStatus.Succeeded, TimeSpan.FromMilliseconds(100));
        await Scene.SettleAsync();
        Assert.Equal((StepStatus.Ready, 0), ((await Scene.StepAsync(Callback, CallbackWorkflow.Deliver)).Status, (await Scene.StepAsync(Callback, CallbackWorkflow.Deliver)).Epoch));
        Assert.Equal(CallbackStatus.Delivering, (await _callbacks.StateAsync("r")).Status);

        await _callbacks.StartAsync("two", "ci");

        Assert.Equal(RunStatus.Succeeded, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
    }

    [Fact]
    public async Task An_address_goes_where_it_says_only_as_far_as_the_delivering_worker_allows()
    {
        await _callbacks.Coordinator.StartAsync(CallbackScene.Request("r", new CallbackOrder("below", "https://ci.example.com/hooks/7")), default);
        await _callbacks.Coordinator.StartAsync(CallbackScene.Request("s", new CallbackOrder("below", "https://internal/")), default);
        await _callbacks.StartAsync("one", "below");

        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));
        await _callbacks.WaitsAsync("s.callback-1", CallbackWorkflow.Deliver);

        Assert.Equal("https://ci.example.com/hooks/7", Assert.Single(_callbacks.Receiver.Got).Url.AbsoluteUri);
    }

    [Fact]
    public async Task A_cancelled_run_is_told_of_without_any_worker_having_executed_it()
    {
        await _callbacks.SubmitAsync("r");
        var deliverer = await Scene.RegisterAsync("looker", TimeSpan.FromDays(1));
        // Looks once, and is parked.
        var wait = (await Scene.ClaimAsync(deliverer, TimeSpan.FromHours(1), CallbackWorkflow.WaitClass))!;
        await Scene.Store.ParkAsync(wait.Lease, Scene.Time.GetUtcNow() + TimeSpan.FromDays(1), "test", default);

        Assert.True(await _callbacks.Coordinator.CancelAsync("r", default));

        Assert.Equal(StepStatus.Ready, (await Scene.StepAsync(Callback, CallbackWorkflow.Wait)).Status);
        await _callbacks.StartAsync();
        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));
        Assert.Equal("run.cancelled", JsonDocument.Parse(Assert.Single(_callbacks.Receiver.Got).Body).RootElement.GetProperty("type").GetString());
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_wake_that_never_came_costs_a_look_and_nothing_else()
    {
        await _callbacks.SubmitAsync("r");
        await ParkedAsync();
        // Whoever reports the end is gone at once.
        var dead = await Scene.RegisterAsync("dead", TimeSpan.FromDays(1));
        var work = (await Scene.ClaimAsync(dead, TimeSpan.FromHours(1)))!;
        await Scene.Store.CompleteAsync(work.Lease, new(), default);
        Assert.Equal(StepStatus.Waiting, (await Scene.StepAsync(Callback, CallbackWorkflow.Wait)).Status);

        Scene.Time.Advance(TimeSpan.FromMinutes(10));
        await _callbacks.StartAsync();

        Assert.Equal(RunStatus.Succeeded, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
        Assert.Single(_callbacks.Receiver.Got);
    }

    [Fact]
    public async Task A_worker_that_starts_wakes_what_another_had_no_time_for()
    {
        await _callbacks.SubmitAsync("r");
        await ParkedAsync(TimeSpan.FromDays(300));
        var dead = await Scene.RegisterAsync("dead", TimeSpan.FromDays(1));
        await Scene.Store.CompleteAsync((await Scene.ClaimAsync(dead, TimeSpan.FromHours(1)))!.Lease, new(), default);

        await _callbacks.StartAsync();

        Assert.Equal(RunStatus.Succeeded, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
    }

    [Fact]
    [Trait("Promise", "I2")]
    public async Task A_submitter_killed_between_callback_and_run_leaves_nothing_that_stays_and_may_come_back()
    {
        await AcceptOnlyAsync("r");
        await _callbacks.StartAsync();
        await _callbacks.WaitsAsync(Callback);

        // It comes back in time.
        Assert.False((await _callbacks.SubmitAsync("r")).Existing);
        await Scene.RunEndsAsync(Callback, TimeSpan.FromSeconds(1));
        Assert.Single(_callbacks.Receiver.Got);

        // It does not come back; and then it does.
        await AcceptOnlyAsync("s");
        Assert.Equal(RunStatus.Failed, (await Scene.RunEndsAsync("s.callback-1", TimeSpan.FromMinutes(1))).Status);
        Assert.False((await _callbacks.SubmitAsync("s")).Existing);
        Assert.Equal(RunStatus.Succeeded, (await Scene.RunEndsAsync("s.callback-1", TimeSpan.FromSeconds(1))).Status);
        Assert.Equal(2, _callbacks.Receiver.Got.Count);
    }

    [Fact]
    [Trait("Promise", "I2")]
    public async Task The_same_body_is_the_same_run_with_the_same_callbacks_and_other_callbacks_are_another_run()
    {
        await _callbacks.SubmitAsync("r");

        Assert.True((await _callbacks.SubmitAsync("r")).Existing);
        await Assert.ThrowsAsync<ConflictException>(() => _callbacks.Coordinator.StartAsync(CallbackScene.Request("r", new CallbackOrder("other")), default));
        await Assert.ThrowsAsync<ConflictException>(() => _callbacks.Coordinator.StartAsync(CallbackScene.Request("r"), default));

        Assert.Equal(["r", Callback], (await _callbacks.Coordinator.ListAsync(null, null, 10, default, callbacks: true)).Select(run => run.Id).Order().Reverse().OrderBy(id => id.Length));
        Assert.Equal(["r"], (await _callbacks.Coordinator.ListAsync(null, null, 10, default)).Select(run => run.Id));
    }

    [Fact]
    public async Task A_callback_does_not_tell_of_a_run_that_took_its_id()
    {
        await AcceptOnlyAsync("r");
        // No callbacks, so another snapshot.
        await _callbacks.Coordinator.StartAsync(CallbackScene.Request("r"), default);
        await _callbacks.StartAsync();

        Assert.Equal(RunStatus.Failed, (await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100))).Status);
        Assert.Empty(_callbacks.Receiver.Got);
    }

    [Fact]
    public async Task The_new_end_of_a_retried_run_is_told_too_as_another_message()
    {
        Scene.Executor.NextFails("work", () => new StepFailedException("no"));
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();
        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));
        Scene.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, await RetriedAsync("r"));
        await Scene.UntilAsync(async () => await Scene.Store.FindRunAsync("r.callback-1.2", default) is { Status: RunStatus.Succeeded }, TimeSpan.FromMilliseconds(100));

        Assert.Equal(["run.failed", "run.succeeded"], _callbacks.Receiver.Got.Select(message => JsonDocument.Parse(message.Body).RootElement.GetProperty("type").GetString()));
        Assert.Equal(2, _callbacks.Receiver.Got.Select(message => message.Id).Distinct().Count());
        Assert.Equal([CallbackStatus.Delivered, CallbackStatus.Delivered], (await _callbacks.StatesAsync("r")).Select(state => state.Status));
    }

    [Fact]
    public async Task A_retry_that_was_killed_before_it_reopened_anything_tells_nothing_twice()
    {
        Scene.Executor.NextFails("work", () => new StepFailedException("no"));
        await _callbacks.SubmitAsync("r");
        await _callbacks.StartAsync();
        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));

        for (var time = 0; time < 2; time++)
        {
            var rearming = new CallbackRuns(Scene.Store, Scene.Time).RearmAsync((await Scene.Store.FindRunAsync("r", default))!, default);
            await Scene.UntilAsync(() => rearming.IsCompleted, TimeSpan.FromMilliseconds(100));
            await rearming;
        }

        await Scene.RunEndsAsync("r.callback-1.2", TimeSpan.FromMinutes(1));

        Assert.Single(_callbacks.Receiver.Got);
        Assert.Null(await Scene.Store.FindRunAsync("r.callback-1.3", default));
        Assert.Equal(CallbackStatus.Dropped, (await _callbacks.StatesAsync("r"))[1].Status);
    }

    [Fact]
    public async Task Pruning_leaves_a_run_until_its_callbacks_have_seen_its_end()
    {
        await _callbacks.SubmitAsync("r");
        await ParkedAsync();
        var pruning = new Pruning(Scene.Store, Scene.Time);
        await _callbacks.Coordinator.CancelAsync("r", default);
        var cutoffs = Retention.OlderThan(TimeSpan.Zero, []).At(Scene.Time.GetUtcNow().AddSeconds(1));

        Assert.Equal(0, await pruning.DeleteAsync(cutoffs, null, default));
        await Assert.ThrowsAsync<ConflictException>(() => pruning.FindAsync(["r"], default));

        await _callbacks.StartAsync();
        await Scene.RunEndsAsync(Callback, TimeSpan.FromMilliseconds(100));
        Assert.Equal("r", Assert.Single(await pruning.FindAsync(["r"], default)).Id);
        await pruning.DeleteAsync(["r"], null, default);

        // The id is free again, and its new run is told of as another message.
        await _callbacks.SubmitAsync("r");
        await Scene.UntilAsync(() => _callbacks.Receiver.Got.Count == 2, TimeSpan.FromMilliseconds(100));
        Assert.NotEqual(_callbacks.Receiver.Got[0].Id, _callbacks.Receiver.Got[1].Id);
    }

    [Fact]
    public async Task Ids_of_callbacks_are_not_for_runs() =>
        await Assert.ThrowsAsync<InvalidInputException>(() => _callbacks.Coordinator.StartAsync(CallbackScene.Request("r.callback-1"), default));

    [Fact]
    public async Task A_message_that_was_sent_but_not_recorded_is_sent_again_as_the_same()
    {
        await _callbacks.SubmitAsync("r");
        var dead = await Scene.RegisterAsync("dead", TimeSpan.FromMinutes(1));
        await Scene.Store.CompleteAsync((await Scene.ClaimAsync(dead, TimeSpan.FromMinutes(1)))!.Lease, new(), default);
        var run = (await Scene.Store.FindRunAsync("r", default))!;
        var wait = (await Scene.ClaimAsync(dead, TimeSpan.FromMinutes(1), CallbackWorkflow.WaitClass))!;
        var notice = CallbackNotice.Of(Callback, run);
        await Scene.Store.CompleteAsync(wait.Lease, new() { Result = notice.Write() }, default);
        Assert.NotNull(await Scene.ClaimAsync(dead, TimeSpan.FromMinutes(1), CallbackWorkflow.ClassOf("ci")));

        await _callbacks.StartAsync();
        await Scene.RunEndsAsync(Callback, TimeSpan.FromSeconds(1));

        var got = Assert.Single(_callbacks.Receiver.Got);
        Assert.Equal((notice.Id, Convert.ToHexString(notice.Bytes)), (got.Id, Convert.ToHexString(got.Body)));
    }

    /// <summary>As a submitter that is killed between the two does.</summary>
    private async Task AcceptOnlyAsync(string id)
    {
        var snapshot = RunSnapshots.Write(CallbackScene.Request(id, new CallbackOrder("ci")).Snapshot);
        var submission = new RunSubmission { Id = id, Fingerprint = default, Title = id, Workflow = "test", Snapshot = snapshot, Steps = [] };
        await new CallbackRuns(Scene.Store, Scene.Time).AcceptAsync(submission, [new("ci")], default);
    }

    /// <summary>Somebody looked once, and then nobody.</summary>
    private async Task ParkedAsync(TimeSpan? pause = null)
    {
        var looker = await Scene.RegisterAsync("looker", TimeSpan.FromDays(1));
        var wait = (await Scene.ClaimAsync(looker, TimeSpan.FromHours(1), CallbackWorkflow.WaitClass))!;
        await Scene.Store.ParkAsync(wait.Lease, Scene.Time.GetUtcNow() + (pause ?? TimeSpan.FromMinutes(10)), "test", default);
        await Scene.Store.EndInstanceAsync(looker.Incarnation, InstanceEnd.Stopped, default);
    }

    private async Task<int> RetriedAsync(string run)
    {
        var retrying = _callbacks.Coordinator.RetryAsync(run, [], default);
        await Scene.UntilAsync(() => retrying.IsCompleted, TimeSpan.FromMilliseconds(100));
        return await retrying;
    }
}
