using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Runs that ended go; what they came to stays in the hourly figures.</summary>
public abstract class RetentionConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task A_deleted_run_is_gone_with_everything_and_its_id_is_free()
    {
        await SubmitAsync("keep", Step("a"));
        await EndedAsync("r", StepStatus.Succeeded);

        Assert.Equal(1, await Store.DeleteRunsAsync(["r", "keep", "nowhere"], None));

        Assert.Null(await Store.FindRunAsync("r", None));
        Assert.Null(await Store.FindOverviewAsync("r", None));
        Assert.Empty(await Store.ListStepsAsync("r", -1, 10, None));
        Assert.Empty(await Store.ListEventsAsync("r", 0, 10, None));
        Assert.Empty(await Store.ListArtifactsAsync("r", null, None));
        Assert.Equal(["keep"], (await Store.ListRunsAsync(null, null, 10, None)).Select(run => run.Id));
        Assert.Equal(ReportOutcome.LeaseLost, await CompleteAsync("r-a"));
        Assert.Equal(0, await Store.DeleteRunsAsync(["r"], None));
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("r", Step("other")));
        await Store.SettleAsync(None);
        Assert.Equal("other Ready", await StatesAsync("r"));
        Assert.Equal("a Ready", await StatesAsync("keep"));
        var check = await Store.CheckAsync(None);
        Assert.Equal((0, 2), (check.Pending, check.Steps));
        Assert.Empty(check.Problems);
    }

    [Fact]
    public async Task A_wide_run_goes_batch_by_batch()
    {
        await using var narrow = await Fixture.OpenAsync(batch: 7);
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, [.. Enumerable.Range(0, 300).Select(i => i == 0 ? Step("s0") : Step("s" + i, "s" + (i - 1)))]);
        await DrainAsync();
        var commits = await Fixture.CommitsAsync();

        Assert.Equal(1, await narrow.DeleteRunsAsync(["r"], None));
        await narrow.SettleAsync(None);

        Assert.True(Fixture.DeletesWhole || await Fixture.CommitsAsync() - commits > 300 / 7, "It went in one commit.");
        var check = await Store.CheckAsync(None);
        Assert.Equal((0, 0), (check.Steps, check.Runs.Count));
        Assert.Empty(check.Problems);
    }

    [Fact]
    public async Task Snapshots_stay_as_long_as_a_run_has_them()
    {
        await EndedAsync("r1", StepStatus.Succeeded);
        await EndedAsync("r2", StepStatus.Succeeded);
        var hash = (await RunAsync("r1")).SnapshotHash;

        await Store.DeleteRunsAsync(["r1"], None);
        await Store.SettleAsync(None);
        Assert.NotNull(await Store.FindSnapshotAsync(hash, None));
        await Store.DeleteRunsAsync(["r2"], None);
        await Store.SettleAsync(None);
        Assert.Null(await Store.FindSnapshotAsync(hash, None));
    }

    [Fact]
    public async Task Ended_runs_are_found_by_status_and_age_oldest_first()
    {
        await EndedAsync("old", StepStatus.Succeeded);
        await EndedAsync("broken", StepStatus.Failed);
        await PassAsync(TimeSpan.FromDays(1));
        await EndedAsync("newer", StepStatus.Succeeded);
        await PassAsync(TimeSpan.FromDays(1));
        await EndedAsync("today", StepStatus.Succeeded);
        await SubmitAsync("running", Step("x"));

        var before = Time.GetUtcNow();
        Assert.Equal(["old", "newer"], await FinishedAsync(RunStatus.Succeeded, before, 10));
        Assert.Equal(["old"], await FinishedAsync(RunStatus.Succeeded, before, 1));
        Assert.Equal(["broken"], await FinishedAsync(RunStatus.Failed, before, 10));
        Assert.Empty(await FinishedAsync(RunStatus.Cancelled, before, 10));
        Assert.Empty(await FinishedAsync(RunStatus.Running, before.AddDays(9), 10));
    }

    [Fact]
    public async Task The_figures_of_an_hour_are_exact_and_survive_the_runs()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("c", "b"));
        Time.Advance(TimeSpan.FromSeconds(10));
        await ClaimAsync();
        Time.Advance(TimeSpan.FromSeconds(4));
        await CompleteAsync("a", new() { Usage = new(100, 20), Model = "ollama/llama3.2" });
        await Store.FailAsync(LeaseOf("b"), new("broke", null, new(7, 3), "ollama/llama3.2"), None);
        var hour = new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

        await Store.DeleteRunsAsync(["r"], None);
        await Store.SettleAsync(None);
        await PassAsync(TimeSpan.FromHours(1));
        await SubmitAsync("later", Step("x"));
        await ClaimAsync();

        var figures = await Store.ListHourlyAsync(hour, hour.AddHours(1), None);
        var steps = figures.Single(one => one.Model == "ollama/llama3.2");
        Assert.Equal(("standard", "work", hour), (steps.Workflow, steps.Agent, steps.Hour));
        Assert.Equal((1L, 1L, 2L, TimeSpan.FromSeconds(8), 32.0), (steps.Succeeded, steps.Failed, steps.Served, steps.Service, steps.ServiceSquares));
        Assert.Equal(new TokenUsage(107, 23), steps.Usage);
        var queue = figures.Single(one => one is { Agent: "work", Model: "" });
        Assert.Equal((3L, 2L, TimeSpan.FromSeconds(20)), (queue.Arrived, queue.Claimed, queue.Wait));
        var runs = figures.Single(one => one.Agent == "");
        Assert.Equal((1L, 0L, 1L, 1L, TimeSpan.FromSeconds(4)), (runs.Arrived, runs.Succeeded, runs.Failed, runs.Served, runs.Service));
        Assert.Equal(3, figures.Count);
        Assert.Equal([hour.AddHours(1)], (await Store.ListHourlyAsync(hour.AddHours(1), hour.AddHours(9), None)).Select(one => one.Hour).Distinct());
    }

    [Fact]
    public async Task A_refused_or_repeated_report_counts_once()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await CompleteAsync("a");
        await CompleteAsync("a");
        await Store.FailAsync(LeaseOf("a"), new("late", null, default), None);

        var figures = await Store.ListHourlyAsync(default, DateTimeOffset.MaxValue, None);
        Assert.Equal((1L, 0L, 1L), (figures.Sum(one => one.Agent == "" ? 0 : one.Succeeded), figures.Sum(one => one.Failed), figures.Single(one => one.Agent == "work").Served));
    }

    private async Task<string[]> FinishedAsync(RunStatus status, DateTimeOffset before, int count) =>
        [.. (await Store.ListFinishedAsync(status, before, count, None)).Select(run => run.Id)];

    private async Task EndedAsync(string run, StepStatus end)
    {
        await SubmitAsync(run, Step(run + "-a") with { Input = "{}"u8.ToArray() });
        await ClaimAsync(run: run);
        if (end == StepStatus.Succeeded)
            await CompleteAsync(run + "-a", new() { Result = "{\"x\":1}"u8.ToArray(), Artifacts = [new("x.txt", "x"u8.ToArray())] });
        else
            await FailAsync(run + "-a");
    }
}
