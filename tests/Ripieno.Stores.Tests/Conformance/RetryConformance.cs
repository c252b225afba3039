using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class RetryConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task A_failed_try_waits_until_it_is_due()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await FailAsync("a", TimeSpan.FromSeconds(10), "a hiccup");
        var step = await StepAsync("r", "a");
        Assert.Equal((StepStatus.Waiting, 1, "a hiccup", Time.GetUtcNow().AddSeconds(10)), (step.Status, step.FailedAttempts, step.Reason, step.DueAt));

        Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(await ClaimAsync());
        Time.Advance(TimeSpan.FromSeconds(1));

        var again = Assert.Single(await ClaimStepsAsync());
        Assert.Equal((1, 1, 2L), (again.FailedAttempts, again.Generation, again.Lease.Epoch));
    }

    [Fact]
    public async Task A_waiting_step_may_be_woken_and_any_other_is_left_alone()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("c", "b"));
        await ClaimAsync();
        await Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow().AddDays(1), "not yet", None);

        foreach (var index in new[] { 0, 0, 1, 2, 9 })
            await Store.WakeAsync("r", index, None);
        await Store.WakeAsync("nobody", 0, None);

        Assert.Equal("a Ready, b Running, c Blocked", await StatesAsync("r"));
        Assert.Equal(["a"], await ClaimAsync());
        await Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow().AddSeconds(5), "not yet", None);
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["a"], await ClaimAsync());
        Assert.Equal(0, (await StepAsync("r", "a")).FailedAttempts);
        await Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow().AddSeconds(5), "not yet", None);
        await Store.CancelAsync("r", None);
        await Store.WakeAsync("r", 0, None);
        Assert.Equal("a Cancelled, b Running, c Cancelled", await StatesAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I6")]
    public async Task Parking_costs_no_attempt()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow().AddSeconds(10), "endpoint away", None);
        Assert.Equal((StepStatus.Waiting, 0, "endpoint away"), await HeadlineAsync("a"));
        Assert.Empty(await ClaimAsync());
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Assert.Single(await ClaimStepsAsync()).FailedAttempts);
        Assert.Contains(RunEventKind.StepParked, await EventsAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I6")]
    public async Task Handing_back_costs_no_attempt_and_is_ready_at_once()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Store.ReleaseAsync(LeaseOf("a"), None);
        Assert.Equal((StepStatus.Ready, 0, null), await HeadlineAsync("a"));
        Assert.Equal(0, Assert.Single(await ClaimStepsAsync()).FailedAttempts);
    }

    [Fact]
    public async Task Many_due_steps_all_come_back()
    {
        await SubmitAsync("r", [.. Enumerable.Range(0, 250).Select(i => Step("a" + i))]);
        foreach (var step in await ClaimStepsAsync(250))
            await Store.ParkAsync(step.Lease, Time.GetUtcNow().AddSeconds(1), "away", None);
        Time.Advance(TimeSpan.FromSeconds(1));

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 5; i++)
            keys.UnionWith(await ClaimAsync(100));

        Assert.Equal(250, keys.Count);
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task An_operators_retry_opens_a_generation_of_the_failed_and_of_what_was_skipped_because_of_them()
    {
        await SubmitAsync("r", Step("ok"), Step("bad"), Step("after", "bad", "ok"), Step("last", "after"));
        await ClaimAsync();
        await CompleteAsync("ok", new() { Result = "1"u8.ToArray() });
        await FailAsync("bad", TimeSpan.Zero);
        await ClaimAsync();
        await FailAsync("bad");
        Assert.Equal("ok Succeeded, bad Failed, after Skipped, last Skipped", await StatesAsync("r"));
        await PassAsync(TimeSpan.FromHours(1));

        Assert.Equal(3, await Store.RetryAsync("r", [], None));

        Assert.Equal("ok Succeeded, bad Ready, after Blocked, last Blocked", await StatesAsync("r"));
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Running, 3, 0, null), (run.Status, run.OpenSteps, run.FailedSteps, run.FinishedAt));
        var bad = await StepAsync("r", "bad");
        Assert.Equal((2, 0, null, null), (bad.Generation, bad.FailedAttempts, bad.Reason, bad.FinishedAt));
        Assert.Equal((1, 2, 2), ((await StepAsync("r", "ok")).Generation, (await StepAsync("r", "after")).Generation, (await StepAsync("r", "last")).Generation));
        Assert.Equal(["bad", "after", "last"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
        Assert.Equal(TimeSpan.FromHours(1), (await RunAsync("r")).FinishedAt - run.CreatedAt);
        Assert.Equal(Time.GetUtcNow(), (await StepAsync("r", "bad")).StartedAt);
    }

    [Fact]
    public async Task A_report_of_the_generation_before_is_no_result_of_the_next()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        var old = LeaseOf("a");
        await FailAsync("a");
        await Store.RetryAsync("r", [], None);

        Assert.Equal(ReportOutcome.Recorded, await Store.CompleteAsync(old, new(), None));
        Assert.Equal("a Ready", await StatesAsync("r"));
        await ClaimAsync();
        Assert.Equal(ReportOutcome.LeaseLost, await Store.CompleteAsync(old, new(), None));
        Assert.Equal("a Running", await StatesAsync("r"));
    }

    [Fact]
    public async Task Only_the_named_steps_are_retried()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("both", "a", "b"), Step("a2", "a"));
        await ClaimAsync();
        await FailAsync("a");
        await FailAsync("b");

        Assert.Equal(3, await Store.RetryAsync("r", ["a"], None));

        Assert.Equal("a Ready, b Failed, both Blocked, a2 Blocked", await StatesAsync("r"));
        Assert.Equal(["a", "a2"], await DrainAsync());
        Assert.Equal("a Succeeded, b Failed, both Skipped, a2 Succeeded", await StatesAsync("r"));
        Assert.Equal((RunStatus.Failed, 1), ((await RunAsync("r")).Status, (await RunAsync("r")).FailedSteps));
        Assert.Equal(2, await Store.RetryAsync("r", ["b"], None));
        Assert.Equal(["b", "both"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task What_has_not_failed_is_not_retried()
    {
        await SubmitAsync("running", Step("a"));
        await SubmitAsync("done", Step("b"));
        await SubmitAsync("failed", Step("c"), Step("d"), Step("e", "d"));
        await SubmitAsync("cancelled", Step("f"));
        await Store.CancelAsync("cancelled", None);
        await ClaimAsync();
        await CompleteAsync("b");
        await CompleteAsync("c");
        await FailAsync("d");

        foreach (var run in new[] { "running", "done", "cancelled" })
            await Assert.ThrowsAsync<ConflictException>(() => Store.RetryAsync(run, [], None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.RetryAsync("failed", ["c"], None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.RetryAsync("failed", ["d", "c"], None));
        await Assert.ThrowsAsync<NotFoundException>(() => Store.RetryAsync("failed", ["nowhere"], None));
        await Assert.ThrowsAsync<NotFoundException>(() => Store.RetryAsync("nowhere", [], None));

        Assert.Equal("c Succeeded, d Failed, e Skipped", await StatesAsync("failed"));
        Assert.Equal(RunStatus.Failed, (await RunAsync("failed")).Status);
    }

    [Fact]
    public async Task A_group_is_reopened_with_its_failed_member_and_its_other_members_stay()
    {
        await SubmitAsync("r", Step("g"), Step("after", "g"));
        await ClaimAsync();
        await ExpandAsync("g", ExpansionTarget.Self, Step("g/1"), Step("g/2"), Step("g/3", "g/2"));
        await ClaimAsync();
        await CompleteAsync("g/1");
        await FailAsync("g/2");
        Assert.Equal("g Failed, after Skipped, g/1 Succeeded, g/2 Failed, g/3 Skipped", await StatesAsync("r"));

        Assert.Equal(4, await Store.RetryAsync("r", [], None));

        Assert.Equal("g Expanded, after Blocked, g/1 Succeeded, g/2 Ready, g/3 Blocked", await StatesAsync("r"));
        Assert.Equal(["g/2", "g/3", "after"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task Naming_a_group_retries_the_failed_within()
    {
        await SubmitAsync("r", Step("g"), Step("h"));
        await ClaimAsync();
        await ExpandAsync("g", ExpansionTarget.Self, Step("g/1"));
        await FailAsync("h");
        await ClaimAsync();
        await ExpandAsync("g/1", ExpansionTarget.Self, Step("g/1/1"));
        await ClaimAsync();
        await FailAsync("g/1/1");

        Assert.Equal(3, await Store.RetryAsync("r", ["g"], None));

        Assert.Equal("g Expanded, h Failed, g/1 Expanded, g/1/1 Ready", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_finished_summary_that_looked_at_a_reopened_step_is_written_again()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Summary("summary", "a", "b"));
        await ClaimAsync();
        await CompleteAsync("a");
        await FailAsync("b");
        Assert.Equal(["summary"], await DrainAsync());

        Assert.Equal(2, await Store.RetryAsync("r", [], None));

        Assert.Equal("a Succeeded, b Ready, summary Blocked", await StatesAsync("r"));
        Assert.Equal(["b", "summary"], await DrainAsync());
        Assert.Equal((2, 2L), ((await StepAsync("r", "summary")).Generation, (await StepAsync("r", "summary")).Epoch));
    }

    [Theory]
    [InlineData]
    [InlineData("bad", "plan/2")]
    [InlineData("plan/2", "bad")]
    public async Task A_group_is_not_expanded_again(params string[] named)
    {
        await SubmitAsync("r", Step("bad"), Summary("plan", "bad"), Step("after", "plan"));
        await ClaimAsync();
        await FailAsync("bad");
        await ClaimAsync();
        await ExpandAsync("plan", ExpansionTarget.Self, Step("plan/1"), Step("plan/2"));
        await ClaimAsync();
        await CompleteAsync("plan/1");
        await FailAsync("plan/2");

        Assert.Equal(4, await Store.RetryAsync("r", named, None));

        Assert.Equal("bad Ready, plan Expanded, after Blocked, plan/1 Succeeded, plan/2 Ready", await StatesAsync("r"));
        Assert.Equal(["bad", "plan/2", "after"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task A_failed_summary_is_retried_after_the_failed_step_that_it_looks_at()
    {
        await SubmitAsync("r", Step("bad"), Summary("summary", "bad"));
        await ClaimAsync();
        await FailAsync("bad");
        await ClaimAsync();
        await FailAsync("summary");

        Assert.Equal(2, await Store.RetryAsync("r", [], None));

        Assert.Equal("bad Ready, summary Blocked", await StatesAsync("r"));
        Assert.Equal(["bad", "summary"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task A_reopened_step_has_no_result_until_it_has_a_new_one()
    {
        await SubmitAsync("r", Step("bad"), Summary("summary", "bad"));
        await ClaimAsync();
        await FailAsync("bad");
        await ClaimAsync();
        await CompleteAsync("summary", new() { Result = "all bad"u8.ToArray() });

        await Store.RetryAsync("r", [], None);

        Assert.Null((await StepAsync("r", "summary")).Result);
        Assert.Null((await StepAsync("r", "summary")).StartedAt);
    }

    [Fact]
    public async Task A_long_chain_of_skipped_steps_is_reopened()
    {
        const int Length = 9_000;
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, [Step("s0"), .. Enumerable.Range(1, Length - 1).Select(i => Step("s" + i, "s" + (i - 1)))]);
        await Store.SettleAsync(None);
        await ClaimAsync();
        await FailAsync("s0");
        await Store.SettleAsync(None);
        Assert.Equal(RunStatus.Failed, (await RunAsync("r")).Status);

        Assert.Equal(Length + 1, await Store.RetryAsync("r", [], None));

        Assert.Equal(["s0"], await ClaimAsync());
    }

    private async Task<(StepStatus, int, string?)> HeadlineAsync(string key)
    {
        var step = await StepAsync("r", key);
        return (step.Status, step.FailedAttempts, step.Reason);
    }
}
