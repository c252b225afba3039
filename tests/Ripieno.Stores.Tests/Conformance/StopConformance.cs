using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Runs that stop at their first failure: what has not begun does not begin, what has begun is finished, what runs in any case runs.</summary>
public abstract class StopConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private const int Width = 300;

    private const string Reason = "'bad' failed, and the run stops at the first failure";

    [Fact]
    [Trait("Promise", "I5")]
    [Trait("Promise", "I9")]
    public async Task Nothing_begins_after_the_commit_of_a_failure()
    {
        await StartAsync(1, Step("bad"), Step("ready"), Step("behind", "ready"), Step("after", "bad"), Summary("sum", "bad", "behind"), Step("last", "sum"));

        await FailAsync("bad");

        // Before anything else is carried out: the mark alone decides.
        Assert.DoesNotContain("ready", await ClaimAsync());
        await Store.SettleAsync(None);
        Assert.Equal("bad Failed, ready Skipped, behind Skipped, after Skipped, sum Ready, last Blocked", await WithoutClaimsAsync());
        Assert.Equal((Reason, Reason, "'bad' failed"), ((await StepAsync("r", "ready")).Reason, (await StepAsync("r", "behind")).Reason, (await StepAsync("r", "after")).Reason));
        Assert.Equal(["sum"], await DrainAsync());
        Assert.Equal("bad Failed, ready Skipped, behind Skipped, after Skipped, sum Succeeded, last Skipped", await StatesAsync("r"));
        Assert.Equal(Reason, (await StepAsync("r", "last")).Reason);
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Failed, 0, 1, 0), (run.Status, run.OpenSteps, run.FailedSteps, run.StoppedBy));
        Assert.Equal(1, (await EventsAsync("r")).Count(kind => kind == RunEventKind.Stopped));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_run_that_goes_on_is_not_stopped()
    {
        await SubmitAsync("r", Step("bad"), Step("ready"), Step("after", "bad"));
        await ClaimAsync(1);
        await FailAsync("bad");
        Assert.Equal(["ready"], await DrainAsync());
        Assert.Null((await RunAsync("r")).StoppedBy);
        Assert.DoesNotContain(RunEventKind.Stopped, await EventsAsync("r"));
    }

    [Fact]
    public async Task What_is_under_way_finishes_and_its_result_is_kept()
    {
        await StartAsync(3, Step("bad"), Step("one"), Step("two"), Step("behind", "one"), Step("behind2", "two"));
        await FailAsync("bad");
        await Store.SettleAsync(None);

        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("one", new() { Result = "1"u8.ToArray() }));
        Assert.Equal(RunStatus.Running, (await RunAsync("r")).Status);
        await FailAsync("two");

        Assert.Equal("bad Failed, one Succeeded, two Failed, behind Skipped, behind2 Skipped", await StatesAsync("r"));
        Assert.Equal((Reason, "'two' failed"), ((await StepAsync("r", "behind")).Reason, (await StepAsync("r", "behind2")).Reason));
        Assert.Equal("1"u8.ToArray(), (await Store.FindResultAsync("r", 1, None))!.Value.ToArray());
        Assert.Equal((RunStatus.Failed, 0, 2, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps, (await RunAsync("r")).FailedSteps, (await RunAsync("r")).StoppedBy));
        Assert.Equal(1, (await EventsAsync("r")).Count(kind => kind == RunEventKind.Stopped));
        await AssertWholeAsync();
    }

    /// <summary>One that waits for its next try has begun; one that was only put aside, or handed back, has not.</summary>
    [Fact]
    public async Task What_waits_is_skipped_unless_a_try_of_it_was_made()
    {
        await StartAsync(5, Step("bad"), Step("tried"), Step("parked"), Step("returned"), Step("lost"));
        await FailAsync("tried", TimeSpan.FromSeconds(5));
        await Store.ParkAsync(LeaseOf("parked"), Time.GetUtcNow().AddSeconds(5), "away", None);
        await Store.ReleaseAsync(LeaseOf("returned"), None);
        var other = await RegisterAsync("other");
        await FailAsync("bad");
        await Store.SettleAsync(None);
        Assert.Equal("bad Failed, tried Waiting, parked Skipped, returned Skipped, lost Running", await StatesAsync("r"));

        // The owner of "lost" dies: that was a try of it, and another takes it over.
        await Store.EndInstanceAsync(Worker, InstanceEnd.Died, None);
        Assert.Equal(["lost"], await ClaimAsync(by: other));
        await CompleteAsync("lost");
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["tried"], await ClaimAsync(by: other));
        await CompleteAsync("tried");
        Assert.Equal("bad Failed, tried Succeeded, parked Skipped, returned Skipped, lost Succeeded", await StatesAsync("r"));
        Assert.Equal((RunStatus.Failed, 1), ((await RunAsync("r")).Status, (await RunAsync("r")).FailedSteps));
        await AssertWholeAsync();
    }

    [Theory]
    [InlineData("park")]
    [InlineData("release")]
    [InlineData("stop")]
    public async Task What_comes_back_unbegun_to_a_stopped_run_is_skipped(string report)
    {
        await StartAsync(2, Step("bad"), Step("back"), Step("behind", "back"));
        await FailAsync("bad");
        await Store.SettleAsync(None);

        _ = report switch
        {
            "park" => await Store.ParkAsync(LeaseOf("back"), Time.GetUtcNow().AddSeconds(5), "away", None),
            "release" => await Store.ReleaseAsync(LeaseOf("back"), None),
            _ => await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None) == 1 ? ReportOutcome.Recorded : ReportOutcome.LeaseLost,
        };

        Assert.Equal("bad Failed, back Skipped, behind Skipped", await StatesAsync("r"));
        Assert.Equal((RunStatus.Failed, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
        if (report != "stop")
            Assert.Equal(ReportOutcome.Recorded, await Store.ReleaseAsync(LeaseOf("back"), None));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_dead_letter_stops_the_run_too()
    {
        await Store.SubmitAsync(Run("r", Step("bad"), Step("ready")) with { StopOnFailure = true, MaxDeathsAlone = 1 }, None);
        for (var death = 0; death < 3; death++)
        {
            var victim = await RegisterAsync($"victim-{death}");
            await ClaimAsync(1, by: victim);
            await Store.EndInstanceAsync(victim, InstanceEnd.Died, None);
        }

        await Store.SettleAsync(None);
        Assert.Equal("bad DeadLettered, ready Skipped", await StatesAsync("r"));
        Assert.Equal("'bad' was dead-lettered, and the run stops at the first failure", (await StepAsync("r", "ready")).Reason);
        Assert.Equal(RunStatus.Failed, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task What_is_added_to_a_stopped_run_is_skipped_and_its_group_says_why()
    {
        await StartAsync(2, Step("bad"), Step("list"), Step("after", "list"));
        await FailAsync("bad");
        await Store.SettleAsync(None);

        await ExpandAsync("list", ExpansionTarget.Self, Step("list/1"), Step("list/2", "list/1"), Summary("list/sum", "list/2"));

        Assert.Equal(["list/sum"], await DrainAsync());
        Assert.Equal("bad Failed, list Failed, after Skipped, list/1 Skipped, list/2 Skipped, list/sum Succeeded", await StatesAsync("r"));
        Assert.Equal((Reason, Reason), ((await StepAsync("r", "list")).Reason, (await StepAsync("r", "after")).Reason));
        Assert.Equal((RunStatus.Failed, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_member_that_fails_stops_the_run_and_its_group_counts_once()
    {
        await StartAsync(2, Step("list"), Step("other"), Step("third"));
        await ExpandAsync("list", ExpansionTarget.Self, Step("bad"), Step("next"));
        await ClaimAsync(1);
        // "third" was first in line.
        await CompleteAsync("third");
        await ClaimAsync(1);
        await FailAsync("bad");
        await Store.SettleAsync(None);

        Assert.Equal("list Failed, other Running, third Succeeded, bad Failed, next Skipped", await StatesAsync("r"));
        Assert.Equal("broke", (await StepAsync("r", "list")).Reason);
        Assert.Equal(3, (await RunAsync("r")).StoppedBy);
        Assert.Equal(1, (await EventsAsync("r")).Count(kind => kind == RunEventKind.Stopped));
    }

    /// <summary>A summary with a review, a clean-up of each item: what runs in any case runs whole.</summary>
    [Fact]
    public async Task What_runs_in_any_case_may_add_steps()
    {
        await StartAsync(1, Step("bad"), Summary("clean", "bad"));
        await FailAsync("bad");
        await Store.SettleAsync(None);
        Assert.Equal(["clean"], await ClaimAsync());
        await ExpandAsync("clean", ExpansionTarget.Self, Step("clean/1"), Step("clean/2", "clean/1"));
        Assert.Equal(["clean/1"], await ClaimAsync());
        await ExpandAsync("clean/1", ExpansionTarget.Self, Step("clean/1/a"));

        Assert.Equal(["clean/1/a", "clean/2"], await DrainAsync());
        Assert.Equal("bad Failed, clean Succeeded, clean/1 Succeeded, clean/2 Succeeded, clean/1/a Succeeded", await StatesAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task A_retry_lifts_the_stop_until_the_next_failure()
    {
        await StartAsync(2, Step("bad"), Step("done"), Step("ready"), Step("behind", "ready"), Step("after", "done"), Summary("sum", "bad", "behind"));
        await CompleteAsync("done");
        await FailAsync("bad");
        await DrainAsync();
        Assert.Equal("bad Failed, done Succeeded, ready Skipped, behind Skipped, after Skipped, sum Succeeded", await StatesAsync("r"));

        Assert.Equal(5, await Store.RetryAsync("r", [], None));

        Assert.Equal("bad Ready, done Succeeded, ready Ready, behind Blocked, after Ready, sum Blocked", await StatesAsync("r"));
        Assert.Null((await RunAsync("r")).StoppedBy);
        await AssertWholeAsync();
        Assert.Equal(["bad", "ready"], await ClaimAsync(2));
        await CompleteAsync("bad");
        await FailAsync("ready");
        Assert.Equal(["sum"], await DrainAsync());
        Assert.Equal("bad Succeeded, done Succeeded, ready Failed, behind Skipped, after Skipped, sum Succeeded", await StatesAsync("r"));
        Assert.Equal("'ready' failed, and the run stops at the first failure", (await StepAsync("r", "after")).Reason);

        await Store.RetryAsync("r", [], None);
        Assert.Equal(["ready", "after", "behind", "sum"], await DrainAsync());
        Assert.Equal((RunStatus.Succeeded, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).FailedSteps));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_retry_of_one_of_two_failures_lifts_the_stop_too()
    {
        await StartAsync(2, Step("bad"), Step("worse"), Step("ready"), Step("after", "worse"));
        await FailAsync("bad");
        await FailAsync("worse");
        await Store.SettleAsync(None);

        Assert.Equal(2, await Store.RetryAsync("r", ["bad"], None));

        Assert.Equal(["bad", "ready"], await DrainAsync());
        Assert.Equal("bad Succeeded, worse Failed, ready Succeeded, after Skipped", await StatesAsync("r"));
        Assert.Equal(RunStatus.Failed, (await RunAsync("r")).Status);
    }

    [Fact]
    [Trait("Promise", "I14")]
    public async Task A_stopped_run_can_be_cancelled_and_a_cancelled_one_does_not_stop()
    {
        await StartAsync(2, Step("bad"), Step("other"), Step("ready"));
        await FailAsync("bad");
        Assert.True(await Store.CancelAsync("r", None));
        await Store.SettleAsync(None);
        AssertDiscarded(await CompleteAsync("other"));
        Assert.Equal(RunStatus.Cancelled, (await RunAsync("r")).Status);
        await AssertWholeAsync();
    }

    [Fact]
    public async Task Other_runs_go_on()
    {
        await StartAsync(1, Step("bad"), Step("ready"));
        await SubmitAsync("r2", Step("other"));
        await FailAsync("bad");
        Assert.Equal(["other"], await DrainAsync());
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task A_wide_run_stops_at_once_and_is_tidied_up_by_cursor()
    {
        await StartAsync(1, Step("list"), Summary("sum", "list"));
        await ExpandAsync("list", ExpansionTarget.Self, [Step("bad"), .. Enumerable.Range(0, Width).SelectMany(i => new[] { Step($"i{i}"), Step($"i{i}/next", $"i{i}") })]);
        await Store.SettleAsync(None);
        Assert.Equal(["bad", "i0"], await ClaimAsync(2));

        await FailAsync("bad");

        Assert.Empty(await ClaimAsync());
        await Store.SettleAsync(None);
        Assert.Equal((1, 0), (await CountAsync(StepStatus.Running), await CountAsync(StepStatus.Ready)));
        await CompleteAsync("i0");
        Assert.Equal(["sum"], await DrainAsync());
        Assert.Equal((2 * Width) - 1, await CountAsync(StepStatus.Skipped));
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Failed, 0, 2), (run.Status, run.OpenSteps, run.FailedSteps));
        Assert.Equal((2 * Width) + 2, await Store.RetryAsync("r", [], None));
        Assert.Equal((2 * Width) + 1, (await DrainAsync()).Length);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
        await AssertWholeAsync();
    }

    [Fact]
    public async Task What_unfolds_after_a_failure_is_skipped()
    {
        await using var narrow = await Fixture.OpenAsync(batch: 2);
        await StartAsync(2, Step("list"), Step("bad"));
        await narrow.CompleteAsync(LeaseOf("list"), new() { Expansion = new(ExpansionTarget.Self, [.. Enumerable.Range(0, 300).Select(i => Step($"i{i}"))]) }, None);
        await narrow.FailAsync(LeaseOf("bad"), new("broke", null, default), None);
        await narrow.SettleAsync(None);

        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Failed, 0, 302, 300), (run.Status, run.OpenSteps, run.Steps, await CountAsync(StepStatus.Skipped)));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_bound_on_what_runs_at_once_is_kept_by_what_still_runs()
    {
        await Store.SubmitAsync(Run("r", Step("bad"), Step("ready"), Summary("sum1", "bad"), Summary("sum2", "bad")) with { StopOnFailure = true, MaxParallel = 1 }, None);
        await ClaimAsync();
        await FailAsync("bad");
        await Store.SettleAsync(None);
        Assert.Equal(["sum1"], await ClaimAsync());
        Assert.Empty(await ClaimAsync());
        await CompleteAsync("sum1");
        Assert.Equal(["sum2"], await DrainAsync());
        Assert.Equal("bad Failed, ready Skipped, sum1 Succeeded, sum2 Succeeded", await StatesAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task A_process_that_dies_after_the_failure_leaves_a_stopped_run()
    {
        await StartAsync(1, Step("bad"), Step("ready"), Step("behind", "ready"));
        // The failure is committed; what follows is not carried out any more by this process.
        await Fixture.KillAtWriteAsync(2);
        try
        {
            await FailAsync("bad");
            await Store.SettleAsync(None);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
        {
        }

        await Fixture.BuryAsync();
        await using var next = await Fixture.OpenAsync();
        var heir = Guid.NewGuid();
        await next.RegisterInstanceAsync(Instance("heir", heir), Lease, None);
        var failed = (await next.FindStepAsync("r", "bad", None))!.Status == StepStatus.Failed;
        var claimed = await next.ClaimAsync(new() { Incarnation = heir, Classes = [new(Work, 10)], Count = 10, Lease = Lease }, None);
        Assert.Equal(failed, claimed.Count == 0);
        await next.SettleAsync(None);
        Assert.Empty((await next.CheckAsync(None)).Problems);
        if (failed)
            Assert.Equal(RunStatus.Failed, (await next.FindRunAsync("r", None))!.Status);
    }

    private async Task StartAsync(int claim, params StepSpec[] steps)
    {
        await Store.SubmitAsync(Run("r", steps) with { StopOnFailure = true }, None);
        Assert.Equal(claim, (await ClaimAsync(claim)).Length);
    }

    /// <summary>The states, with what was claimed meanwhile handed back.</summary>
    private async Task<string> WithoutClaimsAsync()
    {
        foreach (var step in (await Store.ListStepsAsync("r", -1, 100, None)).Where(step => step.Status == StepStatus.Running))
            await Store.ReleaseAsync(LeaseOf(step.Key), None);
        return await StatesAsync("r");
    }

    private async Task<int> CountAsync(StepStatus status) => (await Store.ListStepsAsync("r", -1, 10_000, None)).Count(step => step.Status == status);

    private async Task AssertWholeAsync() => Assert.Empty((await Store.CheckAsync(None)).Problems);
}
