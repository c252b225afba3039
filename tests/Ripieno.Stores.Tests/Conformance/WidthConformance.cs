using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Changes wider than one commit: written ahead, decided in one commit, carried out by cursor.</summary>
public abstract class WidthConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    /// <summary>Steps of one change: many batches, or on a store that is slow on purpose a few.</summary>
    private protected virtual int Width => 1_000;

    /// <summary>Steps of the widest change.</summary>
    private protected virtual int Most => 10_000;

    private static StepSpec[] Many(int count, string prefix = "root/") => [.. Enumerable.Range(0, count).Select(i => Step($"{prefix}{i}"))];

    [Fact]
    [Trait("Promise", "I5")]
    public async Task Thousands_of_steps_are_added_by_one_step()
    {
        var tasks = Most;
        await Store.SubmitAsync(Run("r", Step("root"), Summary("summary", "root")) with { MaxSteps = tasks + 2 }, None);
        await ClaimAsync();

        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("root", ExpansionTarget.Self, [.. Many(tasks)]));

        await Store.SettleAsync(None);
        var run = await RunAsync("r");
        Assert.Equal((tasks + 2, tasks + 2), (run.Steps, run.OpenSteps));
        Assert.Equal(tasks, (await DrainAsync()).Count(key => key.StartsWith("root/", StringComparison.Ordinal)));
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    [Trait("Promise", "I9")]
    public async Task Dependencies_inside_a_wide_expansion_hold()
    {
        await SubmitAsync("r", Step("root"), Step("after", "root"));
        await ClaimAsync();
        var steps = Enumerable.Range(0, Width).Select(i => i % 10 == 0 ? Step($"s{i}") : Step($"s{i}", $"s{i - 1}")).ToList();
        // Some depend on what comes later in the list, and one joins them all.
        steps[5] = steps[5] with { DependsOn = ["s4", $"s{Width - 5}"] };
        steps.Add(Step("join", [.. Enumerable.Range(0, Width).Select(i => $"s{i}")]));

        await ExpandAsync("root", ExpansionTarget.Self, [.. steps]);
        var order = await DrainAsync();

        Assert.Equal(Width + 2, order.Length);
        var place = order.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        Assert.All(steps, step => Assert.All(step.DependsOn, dependency => Assert.True(place[dependency] < place[step.Key], $"{step.Key} before {dependency}")));
        Assert.Equal("after", order[^1]);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task A_step_with_many_dependents_tells_them_all()
    {
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, [Step("gate"), .. Enumerable.Range(0, Width).Select(i => Step("d" + i, "gate"))]);
        await Store.SettleAsync(None);
        Assert.Equal(["gate"], await ClaimAsync());

        await CompleteAsync("gate");
        await Store.SettleAsync(None);

        Assert.Equal(Width, (await DrainAsync()).Length);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task A_failed_step_skips_all_its_dependents_and_theirs()
    {
        await SubmitAsync("r", Step("root"), Summary("summary", "root"));
        await ClaimAsync();
        await ExpandAsync(
            "root", ExpansionTarget.Self,
            [Step("gate"), .. Enumerable.Range(0, Width).SelectMany(i => new[] { Step("d" + i, "gate"), Step($"d{i}/next", "d" + i) })]);
        await Store.SettleAsync(None);
        await ClaimAsync();

        await FailAsync("gate");
        await Store.SettleAsync(None);

        Assert.Equal(["summary"], await ClaimAsync());
        await CompleteAsync("summary");
        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Failed, 0, 2), (run.Status, run.OpenSteps, run.FailedSteps));
        var steps = await Store.ListStepsAsync("r", -1, 10_000, None);
        Assert.Equal(2 * Width, steps.Count(step => step.Status == StepStatus.Skipped));
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    [Trait("Promise", "I14")]
    public async Task A_wide_run_is_cancelled_at_once_and_tidied_up_by_cursor()
    {
        await SubmitAsync("r", Step("root"), Step("other"));
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width)]);
        await Store.SettleAsync(None);

        Assert.True(await Store.CancelAsync("r", None));

        Assert.Empty(await ClaimAsync());
        await Store.SettleAsync(None);
        Assert.Equal((RunStatus.Running, 1), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
        AssertDiscarded(await CompleteAsync("other"));
        Assert.Equal(RunStatus.Cancelled, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task What_unfolds_after_a_cancel_is_cancelled()
    {
        await using var narrow = await Fixture.OpenAsync(batch: 2);
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        var expansion = narrow.CompleteAsync(LeaseOf("root"), new() { Expansion = new(ExpansionTarget.Self, [.. Many(300)]) }, None);
        await expansion;
        await narrow.CancelAsync("r", None);
        await narrow.SettleAsync(None);

        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Cancelled, 0, 301), (run.Status, run.OpenSteps, run.Steps));
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task What_was_written_ahead_is_not_seen_before_the_commit()
    {
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        await Fixture.KillAtWriteAsync(Fixture.WritesFor(Width) + 1);
        await Assert.ThrowsAnyAsync<Exception>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width)]));
        await Fixture.BuryAsync();
        await using var next = await Fixture.OpenAsync();

        Assert.Equal("root Running", string.Join(", ", (await next.ListStepsAsync("r", -1, 10_000, None)).Select(step => $"{step.Key} {step.Status}")));
        Assert.Null(await next.FindStepAsync("r", "root/0", None));
        Assert.Equal(1, (await next.FindRunAsync("r", None))!.Steps);
        Assert.Equal([new StepCount("work", StepStatus.Running, 1)], (await next.FindOverviewAsync("r", None))!.Counts);
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task The_next_execution_replaces_what_the_one_before_wrote_ahead()
    {
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        var first = LeaseOf("root");
        await Fixture.KillAtWriteAsync(Fixture.WritesFor(Width) + 1);
        await Assert.ThrowsAnyAsync<Exception>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width)]));
        await Fixture.BuryAsync();
        await using var next = await Fixture.OpenAsync();
        await next.EndInstanceAsync(Worker, InstanceEnd.Died, None);
        var heir = Guid.NewGuid();
        await next.RegisterInstanceAsync(Instance("heir", heir), Lease, None);
        var again = Assert.Single(await next.ClaimAsync(new() { Incarnation = heir, Classes = [new(Work, 10)], Count = 10, Lease = Lease }, None));

        // Other keys, the same keys in another order, and fewer of them.
        StepSpec[] others = [Step("root/new"), .. Many(Width / 2).Reverse()];
        Assert.Equal(ReportOutcome.LeaseLost, await next.CompleteAsync(first, new() { Expansion = new(ExpansionTarget.Self, [.. Many(Width)]) }, None));
        Assert.Equal(ReportOutcome.Recorded, await next.CompleteAsync(again.Lease, new() { Expansion = new(ExpansionTarget.Self, [.. others]) }, None));
        await next.SettleAsync(None);

        var steps = await next.ListStepsAsync("r", -1, 10_000, None);
        Assert.Equal(["root", .. others.Select(step => step.Key)], steps.Select(step => step.Key));
        Assert.Empty((await next.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task A_wide_expansion_is_refused_as_a_whole()
    {
        await SubmitAsync("r", Step("root"), Step("taken"));
        await ClaimAsync();

        await Assert.ThrowsAsync<InvalidInputException>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width), Step("taken")]));
        await Assert.ThrowsAsync<InvalidInputException>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width), Step("root/0")]));
        await Assert.ThrowsAsync<InvalidInputException>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width), Step("x", "nowhere")]));
        await Assert.ThrowsAsync<InvalidInputException>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width), Step("x", "y"), Step("y", "x")]));
        await Assert.ThrowsAsync<InvalidInputException>(() => ExpandAsync("root", ExpansionTarget.Self, [.. Many(10_001)]));

        Assert.Equal("root Running, taken Running", await StatesAsync("r"));
        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("root", ExpansionTarget.Self, [.. Many(Width)]));
    }

    [Fact]
    public async Task A_wide_next_round_joins_its_group()
    {
        await SubmitAsync("r", Step("root"), Step("after", "root"));
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, Step("first"));
        await ClaimAsync();

        await ExpandAsync("first", ExpansionTarget.Parent, [.. Many(Width)]);
        await Store.SettleAsync(None);

        Assert.Equal(Width + 1, (await DrainAsync()).Length);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task Steps_may_depend_on_committed_ones_that_have_not_unfolded_yet()
    {
        await using var narrow = await Fixture.OpenAsync(batch: 1);
        await SubmitAsync("r", Step("root"));
        await ClaimAsync();
        await narrow.CompleteAsync(LeaseOf("root"), new() { Expansion = new(ExpansionTarget.Self, [.. Many(200)]) }, None);
        while (!(await ClaimAsync(1)).Contains("root/0"))
        {
        }

        // As likely as not the last one is still to unfold; either way it is there.
        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("root/0", ExpansionTarget.Self, Step("root/0/next", "root/199")));
        Assert.Equal(201, (await DrainAsync()).Length + 1);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }
}
