using Ripieno.Agents;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>What becomes of a step whose execution fails, for each kind of failure.</summary>
public sealed class WorkerFailureTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_failure_is_tried_again_after_a_pause_that_doubles_up_to_its_bound()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new ModelCallException("500 Internal Server Error"), times: 4);
        await scene.SubmitAsync("run", Rules(new(5, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10))), Step("a"));
        await scene.StartAsync();

        foreach (var (failure, bound) in new[] { 4, 8, 10, 10 }.Index())
        {
            var step = await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Waiting && step.FailedAttempts == failure + 1);
            // From the moment at which it failed: the clock may have gone on since.
            var failed = (await scene.EventsAsync("run")).Last(one => one.Kind == RunEventKind.StepRetried).At;
            Assert.InRange(step.DueAt!.Value - failed, TimeSpan.FromSeconds(bound / 2.0) - TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(bound));
            Assert.Equal("500 Internal Server Error", step.Reason);

            scene.Time.Advance(step.DueAt.Value - scene.Time.GetUtcNow() - TimeSpan.FromMilliseconds(1));
            await scene.SettleAsync();
            Assert.Equal(failure + 1, scene.Executor.Story.Count(line => line == "+a"));
            await scene.StepBecomesAsync("run", "a", now => now.Epoch == failure + 2, Pace);
        }

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
    }

    [Fact]
    public async Task After_the_last_try_it_has_failed_and_its_dependents_are_skipped_while_other_branches_go_on()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new InvalidOperationException("boom"), times: 9);
        var other = scene.Executor.HoldNext("x");
        await scene.SubmitAsync("run", Rules(RetryPolicy.Default with { MaxAttempts = 3 }), Step("a"), Step("b", "a"), Step("c", "b"), Step("x"), Step("y", "x"));
        await scene.StartAsync(scene.Options(slots: 2));

        var failed = await scene.StepBecomesAsync("run", "a", step => step.Status.IsTerminal, Pace);
        Assert.Equal((StepStatus.Failed, 3, 3), (failed.Status, failed.FailedAttempts, failed.Epoch));
        Assert.Equal("InvalidOperationException: boom (3 attempts)", failed.Reason);
        other.Finish();

        var run = await scene.RunEndsAsync("run");
        Assert.Equal((RunStatus.Failed, 1), (run.Status, run.FailedSteps));
        Assert.Equal(StepStatus.Skipped, (await scene.StepAsync("run", "b")).Status);
        Assert.Equal(StepStatus.Skipped, (await scene.StepAsync("run", "c")).Status);
        Assert.Equal(StepStatus.Succeeded, (await scene.StepAsync("run", "y")).Status);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(null)]
    public async Task A_step_whose_endpoint_is_away_is_put_aside_at_no_cost_and_its_slot_serves_others(int? retryAfter)
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new EndpointUnavailableException("refused", retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null), times: 5);
        await scene.SubmitAsync("run", Rules(RetryPolicy.Default with { MaxAttempts = 1 }), Step("a") with { Priority = 1 }, Step("b"));
        await scene.StartAsync(scene.Options(slots: 1));

        var parked = await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Waiting);
        Assert.Equal((0, "refused"), (parked.FailedAttempts, parked.Reason));
        Assert.Equal(TimeSpan.FromSeconds(retryAfter ?? 5), parked.DueAt - scene.Time.GetUtcNow());
        await scene.StepBecomesAsync("run", "b", step => step.Status == StepStatus.Succeeded);

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);
        Assert.Equal(6, (await scene.StepAsync("run", "a")).Epoch);
        Assert.True(scene.Time.GetUtcNow() >= parked.DueAt);
    }

    [Fact]
    public async Task The_steps_own_failure_is_not_tried_again_and_its_tokens_count()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new StepFailedException("no usable answer after 3 questions", new(100, 20)));
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync();

        var run = await scene.RunEndsAsync("run");
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((StepStatus.Failed, 1, "no usable answer after 3 questions"), (step.Status, step.Epoch, step.Reason));
        Assert.Equal(new TokenUsage(100, 20), run.Usage);
    }

    [Fact]
    public async Task A_call_that_the_server_rejects_is_not_repeated()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("a", () => new ModelRejectedException("model 'x' not found"));
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync();

        Assert.Equal(RunStatus.Failed, (await scene.RunEndsAsync("run")).Status);
        var step = await scene.StepAsync("run", "a");
        Assert.Equal((1, "model 'x' not found"), (step.Epoch, step.Reason));
    }

    [Fact]
    public async Task A_try_that_takes_too_long_is_aborted_and_tried_again()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Rules(RetryPolicy.Default) with { TimeLimit = TimeSpan.FromMinutes(2) }, Step("a"));
        await scene.StartAsync();
        await held.Began;

        scene.Time.Advance(TimeSpan.FromSeconds(119));
        await scene.SettleAsync();
        Assert.False(held.Aborted);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        var waiting = await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Waiting);

        Assert.True(held.Aborted);
        Assert.Equal((1, "It took longer than its time limit of 2 min."), (waiting.FailedAttempts, waiting.Reason));
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);
    }

    [Fact]
    public async Task The_time_in_which_its_calls_wait_for_their_turn_does_not_count()
    {
        await using var scene = await OpenAsync();
        var (turn, work) = (new HeldStep(), new HeldStep());
        scene.Executor.Next("a", async (context, cancellation) =>
        {
            IModelWitness witness = context.Activity;
            // Two at once: the clock stands still until the last of them has its turn.
            using (witness.Waits())
            using (witness.Waits())
                await turn.ExecuteAsync(cancellation);
            return await work.ExecuteAsync(cancellation);
        });
        await scene.SubmitAsync("run", Rules(RetryPolicy.Default) with { TimeLimit = TimeSpan.FromMinutes(2) }, Step("a"));
        await scene.StartAsync();
        await turn.Began;

        scene.Time.Advance(TimeSpan.FromMinutes(10));
        await scene.SettleAsync();
        Assert.False(turn.Aborted);
        turn.Finish();
        await work.Began;
        scene.Time.Advance(TimeSpan.FromSeconds(119));
        await scene.SettleAsync();
        Assert.False(work.Aborted);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        await scene.StepBecomesAsync("run", "a", step => step.Status == StepStatus.Waiting);

        Assert.True(work.Aborted);
    }

    [Fact]
    public async Task A_result_above_the_limit_fails_the_step_and_names_the_limit()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextCompletes("a", new() { Result = new byte[ContentLimits.Result + 1] });
        scene.Executor.NextCompletes("b", new() { Artifacts = [new("x.bin", new byte[ContentLimits.Artifacts]), new("y.bin", new byte[1])] });
        await scene.SubmitAsync("run", Step("a"), Step("b"));
        await scene.StartAsync(scene.Options(slots: 2));

        await scene.RunEndsAsync("run");
        var result = await scene.StepAsync("run", "a");
        Assert.Equal((StepStatus.Failed, 1), (result.Status, result.Epoch));
        Assert.Equal("the step's result: found 1048577 bytes, expected at most 1048576 bytes.", result.Reason);
        Assert.Equal("the step's artifacts together: found 16777217 bytes, expected at most 16777216 bytes.", (await scene.StepAsync("run", "b")).Reason);
    }

    [Fact]
    public async Task Added_steps_that_the_store_refuses_fail_the_step_with_the_reason()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextCompletes("a", new() { Expansion = new(ExpansionTarget.Self, [Step("a/x", "nowhere")]) });
        await scene.SubmitAsync("run", Step("a"));
        await scene.StartAsync();

        Assert.Equal(RunStatus.Failed, (await scene.RunEndsAsync("run")).Status);
        var step = await scene.StepAsync("run", "a");
        Assert.Equal(1, step.Epoch);
        Assert.Equal("step 'a/x': found a dependency on 'nowhere', expected a step of the run or of the same expansion.", step.Reason);
        Assert.Equal(1, (await scene.Store.FindRunAsync("run", default))!.Steps);
    }

    [Fact]
    public async Task A_step_for_which_there_is_no_code_fails_and_names_it()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", new StepDefinition { Name = "work", Executor = "later" }, Step("a"));
        await scene.StartAsync();

        Assert.Equal(RunStatus.Failed, (await scene.RunEndsAsync("run")).Status);
        Assert.Contains("'later'", (await scene.StepAsync("run", "a")).Reason, StringComparison.Ordinal);
    }

    private static StepDefinition Rules(RetryPolicy retry) => new() { Name = "work", Executor = "work", Retry = retry };
}
