using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class LeaseConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly TimeSpan PastLease = Lease + TimeSpan.FromSeconds(1);

    [Fact]
    [Trait("Promise", "I8")]
    public async Task A_silent_instance_loses_its_steps_to_the_next_claim()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));

        Time.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Empty(await ClaimAsync(by: other));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], await ClaimAsync(by: other));

        var step = await StepAsync("r", "a");
        Assert.Equal((2L, 1, 0, "other"), (step.Epoch, step.Deaths, step.FailedAttempts, step.Instance));
        Assert.Contains(RunEventKind.LeaseExpired, await EventsAsync("r"));
    }

    [Fact]
    public async Task Who_was_out_of_touch_itself_spares_the_silent()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync(count: 1);
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));
        Time.Advance(Lease + TimeSpan.FromSeconds(1));

        Assert.Equal(["b"], await ClaimAsync(by: other, sparesSilent: true));
        Assert.Equal((StepStatus.Running, 0), ((await StepAsync("r", "a")).Status, (await StepAsync("r", "a")).Deaths));
        Assert.Empty((await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None)).Lost);
        Time.Advance(Lease);

        Assert.Equal(["a"], await ClaimAsync(by: other));
        Assert.Equal(1, (await StepAsync("r", "a")).Deaths);
    }

    [Fact]
    public async Task A_heartbeat_keeps_all_steps_of_an_instance()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));
        for (var i = 0; i < 5; i++)
        {
            Time.Advance(Lease * 0.9);
            var reply = await Store.RenewAsync(Worker, [LeaseOf("a"), LeaseOf("b")], Lease, None);
            Assert.Empty(reply.Lost);
            Assert.Empty(reply.Cancelled);
            Assert.Empty(await ClaimAsync(by: other));
        }

        Assert.Equal(Time.GetUtcNow(), (await Store.ListInstancesAsync(None)).Single(one => one.Id == "worker").SeenAt);
    }

    [Fact]
    public async Task A_claim_is_a_heartbeat_too()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));
        Time.Advance(Lease * 0.9);
        await ClaimAsync();
        Time.Advance(Lease * 0.9);
        Assert.Empty(await ClaimAsync(by: other));
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task A_late_result_is_welcome_while_no_one_has_taken_the_step()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync(1);
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));
        Time.Advance(PastLease);
        Assert.Empty(await Store.ClaimAsync(new() { Incarnation = other, Classes = [], Count = 1, Lease = Lease }, None));
        Assert.Equal("a Ready, b Blocked", await StatesAsync("r"));

        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("a"));

        Assert.Equal("a Succeeded, b Ready", await StatesAsync("r"));
        Assert.Equal(["b"], await ClaimAsync(by: other));
    }

    [Fact]
    public async Task A_late_result_is_welcome_even_before_the_loss_was_noticed()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        Time.Advance(PastLease);
        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("a"));
        Assert.Empty(await ClaimAsync(by: await RegisterAsync("other")));
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("park")]
    [InlineData("release")]
    [Trait("Promise", "I4")]
    public async Task Every_report_of_an_older_epoch_is_refused_and_changes_nothing(string report)
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        var stale = LeaseOf("a");
        Time.Advance(PastLease);
        var other = await RegisterAsync("other");
        Assert.Equal(["a"], await ClaimAsync(by: other));
        var before = await StepAsync("r", "a");

        Assert.Equal(ReportOutcome.LeaseLost, await ReportAsync(report, stale));

        Assert.Equal(before, await StepAsync("r", "a"));
        Assert.Equal("a Running, b Blocked", await StatesAsync("r"));
        Assert.Empty(await Store.ListArtifactsAsync("r", null, None));
        Assert.Equal(default, (await RunAsync("r")).Usage);
        Assert.Equal(RunEventKind.LateReport, (await EventsAsync("r"))[^1]);
        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("a"));
        Assert.Equal(ReportOutcome.LeaseLost, await ReportAsync(report, stale));
        Assert.Equal("a Succeeded, b Ready", await StatesAsync("r"));
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("fail for good")]
    [InlineData("park")]
    [InlineData("release")]
    [Trait("Promise", "I3")]
    public async Task A_report_delivered_twice_is_recorded_once(string report)
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        Assert.Equal(ReportOutcome.Recorded, await ReportAsync(report, LeaseOf("a")));
        var (states, step, run, events) = (await StatesAsync("r"), await StepAsync("r", "a"), await RunAsync("r"), await EventsAsync("r"));

        Assert.Equal(ReportOutcome.Recorded, await ReportAsync(report, LeaseOf("a")));

        Assert.Equal((states, step, run), (await StatesAsync("r"), await StepAsync("r", "a"), await RunAsync("r")));
        Assert.Equal(events, await EventsAsync("r"));
    }

    [Fact]
    public async Task An_expansion_delivered_twice_adds_its_steps_once()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("a", ExpansionTarget.Self, Step("a/1")));
        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("a", ExpansionTarget.Self, Step("a/1")));
        Assert.Equal("a Expanded, a/1 Ready", await StatesAsync("r"));
    }

    [Fact]
    public async Task An_instance_that_wakes_up_in_time_takes_its_step_back()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        var other = await RegisterAsync("other", TimeSpan.FromHours(1));
        Time.Advance(PastLease);
        await Store.ClaimAsync(new() { Incarnation = other, Classes = [], Count = 1, Lease = Lease }, None);
        Assert.Equal("a Ready", await StatesAsync("r"));

        var reply = await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None);

        Assert.Empty(reply.Lost);
        var step = await StepAsync("r", "a");
        Assert.Equal((StepStatus.Running, 1L, 0, "worker"), (step.Status, step.Epoch, step.Deaths, step.Instance));
        Assert.Empty(await ClaimAsync(by: other));
        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("a"));
    }

    [Fact]
    public async Task An_instance_that_wakes_up_late_is_told_what_it_lost()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        var (a, b) = (LeaseOf("a"), LeaseOf("b"));
        Time.Advance(PastLease);
        Assert.Equal(["a"], await ClaimAsync(1, await RegisterAsync("other")));

        var reply = await Store.RenewAsync(Worker, [a, b, new("gone", 0, 1)], Lease, None);

        Assert.Equal([a, new("gone", 0, 1)], reply.Lost);
        Assert.Equal("a Running, b Running", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_heartbeat_that_crosses_the_report_does_not_call_the_lease_lost()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        await CompleteAsync("a");
        await FailAsync("b", TimeSpan.Zero);
        Assert.Empty((await Store.RenewAsync(Worker, [LeaseOf("a"), LeaseOf("b")], Lease, None)).Lost);
        Assert.Equal("a Succeeded, b Waiting", await StatesAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I8")]
    public async Task A_dead_instance_gives_its_steps_back_at_once_and_each_counts_a_death()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("c"));
        await ClaimAsync(2);

        Assert.Equal(2, await Store.EndInstanceAsync(Worker, InstanceEnd.Died, None));

        var other = await RegisterAsync("other");
        Assert.Equal(["a", "b", "c"], await ClaimAsync(by: other));
        Assert.Equal((1, 0), ((await StepAsync("r", "a")).Deaths, (await StepAsync("r", "c")).Deaths));
        Assert.Equal(0, await Store.EndInstanceAsync(Worker, InstanceEnd.Died, None));
        await Assert.ThrowsAsync<NotFoundException>(() => Store.RenewAsync(Worker, [], Lease, None));
    }

    [Fact]
    public async Task An_instance_that_stops_hands_its_steps_back_at_no_cost()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();

        Assert.Equal(1, await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None));

        Assert.Equal(["a"], await ClaimAsync(by: await RegisterAsync("other")));
        var step = await StepAsync("r", "a");
        Assert.Equal((2L, 0, 0), (step.Epoch, step.Deaths, step.FailedAttempts));
        Assert.DoesNotContain(await Store.ListInstancesAsync(None), one => one.Id == "worker");
    }

    [Fact]
    public async Task A_second_live_instance_of_the_same_id_is_refused()
    {
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => RegisterAsync("worker"));
        Assert.Contains(Environment.ProcessId.ToString(), conflict.Message, StringComparison.Ordinal);
        Assert.Contains("host", conflict.Message, StringComparison.Ordinal);
        await Store.RegisterInstanceAsync(Instance("worker", Worker), Lease, None);

        Time.Advance(PastLease);

        await RegisterAsync("worker");
    }

    [Fact]
    public async Task An_instance_can_register_again_after_it_was_given_up()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Store.EndInstanceAsync(Worker, InstanceEnd.Died, None);

        await Store.RegisterInstanceAsync(Instance("worker", Worker), Lease, None);

        Assert.Empty((await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None)).Lost);
        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("a"));
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task An_instance_whose_registration_ran_out_takes_its_steps_back_before_it_may_claim()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        Assert.Equal(["a"], await ClaimAsync(1));
        Time.Advance(Lease);
        var other = await RegisterAsync("other");
        Assert.Empty(await ClaimAsync(1, other, of: new("default", "something else")));
        Assert.Equal("a Ready, b Ready", await StatesAsync("r"));

        await Assert.ThrowsAsync<NotFoundException>(() => ClaimAsync(2));

        Assert.Empty((await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None)).Lost);
        Assert.Equal(["b"], await ClaimAsync(2));
        Assert.Equal(1L, (await StepAsync("r", "a")).Epoch);
    }

    [Fact]
    public async Task A_report_on_a_run_that_is_gone_has_lost_its_lease()
    {
        Assert.Equal(ReportOutcome.LeaseLost, await Store.CompleteAsync(new("nowhere", 0, 1), new(), None));
        Assert.Equal(ReportOutcome.LeaseLost, await Store.ReleaseAsync(new("nowhere", 0, 1), None));
    }

    private Task<ReportOutcome> ReportAsync(string report, StepLease lease) => report switch
    {
        "complete" => Store.CompleteAsync(
            lease, new() { Result = "1"u8.ToArray(), Usage = new(1, 1), Artifacts = [new("x.txt", "x"u8.ToArray())] }, None),
        "fail" => Store.FailAsync(lease, new("late", Time.GetUtcNow(), new(1, 1)), None),
        "fail for good" => Store.FailAsync(lease, new("late", null, new(1, 1)), None),
        "park" => Store.ParkAsync(lease, Time.GetUtcNow(), "away", None),
        _ => Store.ReleaseAsync(lease, None),
    };
}
