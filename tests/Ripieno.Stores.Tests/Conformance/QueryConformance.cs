using Ripieno.Runs;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class QueryConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task Runs_are_listed_newest_first_page_by_page()
    {
        for (var i = 0; i < 5; i++)
        {
            // In a store of several parts, which of two runs is newer is known by the time alone.
            Time.Advance(TimeSpan.FromMilliseconds(1));
            await SubmitAsync($"r{i}", Step("a"));
        }

        var first = await Store.ListRunsAsync(null, null, 2, None);
        var second = await Store.ListRunsAsync(null, first[^1].Id, 2, None);
        var third = await Store.ListRunsAsync(null, second[^1].Id, 2, None);

        Assert.Equal(["r4", "r3"], first.Select(run => run.Id));
        Assert.Equal(["r2", "r1"], second.Select(run => run.Id));
        Assert.Equal(["r0"], third.Select(run => run.Id));
        Assert.Empty(await Store.ListRunsAsync(null, "r0", 2, None));
    }

    [Fact]
    public async Task Runs_are_listed_by_status()
    {
        await SubmitAsync("done", Step("a"));
        await DrainAsync();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await SubmitAsync("running", Step("a"));
        await SubmitAsync("gone", Step("a"));
        await Store.CancelAsync("gone", None);

        Assert.Equal("done", Assert.Single(await Store.ListRunsAsync(RunStatus.Succeeded, null, 10, None)).Id);
        Assert.Equal("running", Assert.Single(await Store.ListRunsAsync(RunStatus.Running, null, 10, None)).Id);
        Assert.Equal("gone", Assert.Single(await Store.ListRunsAsync(RunStatus.Cancelled, null, 10, None)).Id);
        Assert.Empty(await Store.ListRunsAsync(RunStatus.Failed, null, 10, None));
        Assert.Equal("done", Assert.Single(await Store.ListRunsAsync(RunStatus.Succeeded, "running", 10, None)).Id);
    }

    [Fact]
    public async Task Steps_are_listed_in_the_order_added_page_by_page()
    {
        await SubmitAsync("r", [.. Enumerable.Range(0, 5).Select(i => Step("s" + i))]);
        Assert.Equal(["s0", "s1"], (await Store.ListStepsAsync("r", -1, 2, None)).Select(step => step.Key));
        Assert.Equal(["s2", "s3"], (await Store.ListStepsAsync("r", 1, 2, None)).Select(step => step.Key));
        Assert.Equal(["s4"], (await Store.ListStepsAsync("r", 3, 2, None)).Select(step => step.Key));
        Assert.Empty(await Store.ListStepsAsync("r", 4, 2, None));
    }

    [Fact]
    public async Task Events_are_listed_page_by_page()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await DrainAsync();
        Assert.Equal([1, 2], (await Store.ListEventsAsync("r", 0, 2, None)).Select(one => one.Number));
        Assert.Equal([3, 4], (await Store.ListEventsAsync("r", 2, 2, None)).Select(one => one.Number));
        Assert.Empty(await Store.ListEventsAsync("r", 4, 2, None));
    }

    [Fact]
    public async Task The_overview_counts_and_shows_what_is_under_way()
    {
        await SubmitAsync("r", [Step("plan") with { Definition = "plan" }, .. Enumerable.Range(0, 6).Select(i => Step("w" + i)), Step("last", "w0")]);
        await ClaimAsync(4);
        await CompleteAsync("plan");
        await FailAsync("w1", TimeSpan.FromSeconds(3), "hiccup");

        var overview = await Store.FindOverviewAsync("r", None);

        Assert.Equal(await RunAsync("r"), overview!.Run);
        Assert.Equal(
            [("plan", StepStatus.Succeeded, 1), ("work", StepStatus.Blocked, 1), ("work", StepStatus.Ready, 3), ("work", StepStatus.Waiting, 1), ("work", StepStatus.Running, 2)],
            overview.Counts.Select(one => (one.Definition, one.Status, one.Count)).OrderBy(one => one.Definition, StringComparer.Ordinal).ThenBy(one => one.Status));
        Assert.Equal([("w0", "worker"), ("w1", null), ("w2", "worker")], overview.Active.Select(step => (step.Key, step.Instance)));
        Assert.Equal((await Store.ListEventsAsync("r", 0, 100, None))[^1].Number, overview.LastEvent);
    }

    [Fact]
    public async Task The_overview_shows_at_most_a_hundred()
    {
        await SubmitAsync("r", [.. Enumerable.Range(0, 120).Select(i => Step("s" + i))]);
        await ClaimAsync(120);
        var active = (await Store.FindOverviewAsync("r", None))!.Active;
        Assert.Equal(Enumerable.Range(0, 100), active.Select(step => step.Index));
    }

    [Fact]
    public async Task Dependencies_are_listed_with_what_each_left()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("c"), Summary("sum", "c", "a", "b"));
        await ClaimAsync();
        await CompleteAsync("a", new() { Result = "1"u8.ToArray() });
        await FailAsync("b");
        await CompleteAsync("c");

        var dependencies = await Store.ListDependenciesAsync("r", 3, None);

        Assert.Equal(
            [(0, "a", StepStatus.Succeeded, 0), (1, "b", StepStatus.Failed, 1), (2, "c", StepStatus.Succeeded, 2)],
            dependencies.Select(one => (one.Index, one.Key, one.Status, one.ResultStep)));
        Assert.Equal([true, false, false], dependencies.Select(one => one.Result is not null));
    }

    [Fact]
    public async Task What_does_not_exist_is_null_or_empty()
    {
        await SubmitAsync("r", Step("a"));
        Assert.Null(await Store.FindRunAsync("nowhere", None));
        Assert.Null(await Store.FindOverviewAsync("nowhere", None));
        Assert.Null(await Store.FindStepAsync("nowhere", "a", None));
        Assert.Null(await Store.FindStepAsync("r", "nowhere", None));
        Assert.Empty(await Store.ListStepsAsync("nowhere", -1, 10, None));
        Assert.Empty(await Store.ListEventsAsync("nowhere", 0, 10, None));
        Assert.Empty(await Store.ListArtifactsAsync("nowhere", null, None));
        Assert.Empty(await Store.ListDependenciesAsync("r", 0, None));
        Assert.Empty(await Store.ListRunsAsync(null, "nowhere", 10, None));
    }

    [Fact]
    public async Task Instances_are_listed_as_they_registered()
    {
        await RegisterAsync("second");
        var instances = await Store.ListInstancesAsync(None);
        Assert.Equal(["worker", "second"], instances.Select(one => one.Id));
        Assert.Equal(Instance("worker", Worker) with { SeenAt = Time.GetUtcNow() }, instances[0]);
    }
}
