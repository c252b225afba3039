using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class CancelConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    [Trait("Promise", "I14")]
    public async Task What_is_not_running_is_cancelled_at_once()
    {
        await SubmitAsync("r", Step("running"), Step("waiting"), Step("group"), Step("done"), Step("ready"), Step("blocked", "running"));
        await ClaimAsync(4);
        await FailAsync("waiting", TimeSpan.FromSeconds(1));
        await ExpandAsync("group", ExpansionTarget.Self, Step("member"));
        await CompleteAsync("done");

        Assert.True(await Store.CancelAsync("r", None));

        Assert.Equal(
            "running Running, waiting Cancelled, group Cancelled, done Succeeded, ready Cancelled, blocked Cancelled, member Cancelled", await StatesAsync("r"));
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Running, true, 1, null), (run.Status, run.CancelRequested, run.OpenSteps, run.FinishedAt));
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_run_with_nothing_running_ends_with_the_cancel()
    {
        await SubmitAsync("r", Step("a"));
        Assert.True(await Store.CancelAsync("r", None));
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Cancelled, 0, Time.GetUtcNow()), (run.Status, run.OpenSteps, run.FinishedAt));
        Assert.Equal([RunEventKind.RunAccepted, RunEventKind.CancelRequested, RunEventKind.RunFinished], await EventsAsync("r"));
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("park")]
    [InlineData("release")]
    [Trait("Promise", "I14")]
    public async Task A_late_report_ends_its_step_and_is_discarded(string report)
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        await Store.CancelAsync("r", None);
        Assert.Equal([LeaseOf("a")], (await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None)).Cancelled);

        AssertDiscarded(report switch
        {
            "complete" => await CompleteAsync("a", new()
            {
                Result = "late"u8.ToArray(),
                Usage = new(1, 1),
                Artifacts = [new("x", "x"u8.ToArray())],
                Expansion = new(ExpansionTarget.Self, [Step("a/1")]),
            }),
            "fail" => await FailAsync("a", TimeSpan.Zero),
            "park" => await Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow(), "away", None),
            _ => await Store.ReleaseAsync(LeaseOf("a"), None),
        });

        Assert.Equal("a Cancelled, b Cancelled", await StatesAsync("r"));
        Assert.Equal((RunStatus.Cancelled, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
        Assert.Null((await StepAsync("r", "a")).Result);
        Assert.Empty(await Store.ListArtifactsAsync("r", null, None));
        Assert.Null(await Store.FindContentAsync("r", ContentHash.Of("late"u8), None));
        Assert.Contains(RunEventKind.LateReport, await EventsAsync("r"));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_cancelled_step_ends_when_its_lease_does()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Store.CancelAsync("r", None);
        Time.Advance(Lease + TimeSpan.FromSeconds(1));

        Assert.Empty(await ClaimAsync(by: await RegisterAsync("other")));

        Assert.Equal("a Cancelled", await StatesAsync("r"));
        Assert.Equal(RunStatus.Cancelled, (await RunAsync("r")).Status);
        AssertDiscarded(await CompleteAsync("a"));
        Assert.Equal(0, (await RunAsync("r")).OpenSteps);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_step_ends_with_its_instance(bool died)
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Store.CancelAsync("r", None);
        Assert.Equal(1, await Store.EndInstanceAsync(Worker, died ? InstanceEnd.Died : InstanceEnd.Stopped, None));
        Assert.Equal("a Cancelled", await StatesAsync("r"));
        Assert.Equal(RunStatus.Cancelled, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task A_step_that_was_lost_before_the_cancel_stays_cancelled()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        Time.Advance(Lease + TimeSpan.FromSeconds(1));
        await Store.ClaimAsync(new() { Incarnation = await RegisterAsync("other"), Classes = [], Count = 1, Lease = Lease }, None);
        await Store.CancelAsync("r", None);

        Assert.Equal([LeaseOf("a")], (await Store.RenewAsync(Worker, [LeaseOf("a")], Lease, None)).Cancelled);
        AssertDiscarded(await CompleteAsync("a"));
        Assert.Equal((RunStatus.Cancelled, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
    }

    [Fact]
    public async Task Cancelling_again_says_the_same_until_the_run_has_ended()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        Assert.True(await Store.CancelAsync("r", None));
        Assert.True(await Store.CancelAsync("r", None));
        await Store.ReleaseAsync(LeaseOf("a"), None);
        Assert.False(await Store.CancelAsync("r", None));
        Assert.Equal(1, (await EventsAsync("r")).Count(kind => kind == RunEventKind.CancelRequested));
    }

    [Fact]
    public async Task What_has_ended_is_not_cancelled()
    {
        await SubmitAsync("r", Step("a"));
        await DrainAsync();
        Assert.False(await Store.CancelAsync("r", None));
        Assert.Equal((RunStatus.Succeeded, false), ((await RunAsync("r")).Status, (await RunAsync("r")).CancelRequested));
        await Assert.ThrowsAsync<NotFoundException>(() => Store.CancelAsync("nowhere", None));
    }

    [Fact]
    public async Task Other_runs_go_on()
    {
        await SubmitAsync("r1", Step("a"), Step("b"));
        await SubmitAsync("r2", Step("c"));
        await Store.CancelAsync("r1", None);
        Assert.Equal(["c"], await DrainAsync());
    }
}
