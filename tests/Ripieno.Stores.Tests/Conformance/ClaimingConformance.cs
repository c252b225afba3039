using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class ClaimingConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly StepClass Plan = new("default", "plan");

    private static StepSpec[] Many(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => Step($"{prefix}{i}"))];

    [Fact]
    public async Task A_claim_carries_all_that_is_needed_to_begin()
    {
        await SubmitAsync("r", Step("a") with { Definition = "review", Input = "{\"task\":\"x\"}"u8.ToArray() });
        await PassAsync(TimeSpan.FromSeconds(7));

        var step = Assert.Single(await ClaimStepsAsync());

        Assert.Equal((new StepLease("r", 0, 1), "a", "review", Work), (step.Lease, step.Key, step.Definition, step.Class));
        Assert.Equal((1, 0), (step.Generation, step.FailedAttempts));
        Assert.Equal(TimeSpan.FromSeconds(7), step.Waited);
        Assert.Equal("{\"task\":\"x\"}"u8.ToArray(), step.Input.ToArray());
        Assert.Equal((await RunAsync("r")).SnapshotHash, step.SnapshotHash);
        var record = await StepAsync("r", "a");
        Assert.Equal((StepStatus.Running, 1L, "worker", Time.GetUtcNow()), (record.Status, record.Epoch, record.Instance, record.StartedAt));
        Assert.Equal(Time.GetUtcNow() + Lease, record.DueAt);
        Assert.Equal(Time.GetUtcNow(), (await RunAsync("r")).StartedAt);
    }

    [Fact]
    public async Task Only_the_classes_asked_for_are_handed_out_and_no_more_of_each_than_asked()
    {
        await SubmitAsync("r", [.. Many("work", 5), .. Many("plan", 5).Select(step => step with { Class = Plan }),
            Step("elsewhere") with { Class = new("gpu", "work") }]);

        var claimed = await Store.ClaimAsync(
            new() { Incarnation = Worker, Classes = [new(Work, 3), new(Plan, 1), new(new("default", "nobody"), 5)], Count = 10, Lease = Lease }, None);

        Assert.Equal(["plan0", "work0", "work1", "work2"], claimed.Select(step => step.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_count_bounds_all_classes_together()
    {
        await SubmitAsync("r", [.. Many("work", 5), .. Many("plan", 5).Select(step => step with { Class = Plan })]);

        var claimed = await Store.ClaimAsync(new() { Incarnation = Worker, Classes = [new(Work, 4), new(Plan, 4)], Count = 6, Lease = Lease }, None);

        Assert.Equal(6, claimed.Count);
        Assert.Equal(4, (await ClaimAsync(4)).Length + (await ClaimAsync(4, of: Plan)).Length);
    }

    [Fact]
    public async Task A_claim_for_one_run_leaves_the_others_alone()
    {
        await SubmitAsync("r1", Step("a"));
        await SubmitAsync("r2", Step("b"));

        Assert.Equal(["b"], await ClaimAsync(run: "r2"));
        Assert.Empty(await ClaimAsync(run: "r2"));
        Assert.Empty(await ClaimAsync(run: "nowhere"));
        Assert.Equal(["a"], await ClaimAsync());
    }

    [Fact]
    public async Task Steps_go_by_their_priority_then_in_the_order_added()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("low") with { Priority = -1 }, Step("high") with { Priority = 5 }, Step("c"));

        Assert.Equal(["high", "a"], await ClaimAsync(2));
        Assert.Equal(["b", "c", "low"], await ClaimAsync(5));
    }

    [Fact]
    public async Task Runs_of_a_higher_priority_go_first()
    {
        await Store.SubmitAsync(Run("normal", Many("n", 3)), None);
        await Store.SubmitAsync(Run("urgent", Many("u", 3)) with { Priority = 1 }, None);

        Assert.Equal(["u0", "u1"], await ClaimAsync(2));
        Assert.Equal(["u2", "n0"], await ClaimAsync(2));
    }

    [Fact]
    public async Task A_small_run_does_not_wait_behind_a_big_one()
    {
        await SubmitAsync("big", Many("big", 1000));
        await ClaimAsync(100);
        await SubmitAsync("small", Many("small", 3));

        var next = await ClaimAsync(8);

        Assert.Equal(3, next.Count(key => key.StartsWith("small", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_slot_at_a_time_is_shared_as_fairly()
    {
        await SubmitAsync("big", Many("big", 1000));
        await ClaimAsync(100);
        await SubmitAsync("small", Many("small", 3));

        var next = new List<string>();
        for (var i = 0; i < 8; i++)
            next.AddRange(await ClaimAsync(1));

        Assert.Equal(3, next.Count(key => key.StartsWith("small", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Weights_are_shares()
    {
        await Store.SubmitAsync(Run("one", Many("one", 200)), None);
        await Store.SubmitAsync(Run("three", Many("three", 200)) with { Weight = 3 }, None);

        var claimed = new List<string>();
        while (claimed.Count < 80)
            claimed.AddRange(await ClaimAsync(5));

        Assert.InRange(claimed.Count(key => key.StartsWith("three", StringComparison.Ordinal)), 58, 62);
    }

    [Fact]
    public async Task A_run_that_was_idle_gets_its_share_and_no_more()
    {
        await SubmitAsync("idle", Step("gate"), Step("i0", "gate"), Step("i1", "gate"), Step("i2", "gate"), Step("i3", "gate"), Step("i4", "gate"));
        await SubmitAsync("busy", Many("busy", 100));
        Assert.Contains("gate", await ClaimAsync(50));
        await CompleteAsync("gate");

        var next = await ClaimAsync(6);

        Assert.InRange(next.Count(key => key.StartsWith('i')), 3, 4);
    }

    [Fact]
    public async Task Even_a_huge_weight_leaves_the_others_something()
    {
        await Store.SubmitAsync(Run("huge", Many("huge", 20)) with { Weight = int.MaxValue }, None);
        await Store.SubmitAsync(Run("one", Many("one", 2)), None);

        Assert.Contains("one0", await ClaimAsync(10));
    }

    [Fact]
    public async Task Max_parallel_bounds_what_a_run_executes_at_once()
    {
        await Store.SubmitAsync(Run("r", Many("a", 10)) with { MaxParallel = 2 }, None);

        Assert.Equal(["a0", "a1"], await ClaimAsync(5));
        Assert.Empty(await ClaimAsync(5));
        await CompleteAsync("a0");
        Assert.Equal(["a2"], await ClaimAsync(5));
        await Store.ReleaseAsync(LeaseOf("a1"), None);
        Assert.Equal(["a1"], await ClaimAsync(5));
    }

    [Fact]
    public async Task Max_parallel_counts_the_steps_of_all_classes()
    {
        await Store.SubmitAsync(
            Run("r", [.. Many("work", 5), .. Many("plan", 5).Select(step => step with { Class = Plan })]) with { MaxParallel = 3 }, None);

        var claimed = await Store.ClaimAsync(new() { Incarnation = Worker, Classes = [new(Work, 5), new(Plan, 5)], Count = 10, Lease = Lease }, None);

        Assert.Equal(3, claimed.Count);
    }

    [Fact]
    public async Task Runs_at_their_bound_do_not_hide_the_others()
    {
        for (var i = 0; i < 40; i++)
            await Store.SubmitAsync(Run($"bound{i}", Many($"b{i}-", 2)) with { MaxParallel = 1 }, None);
        Assert.Equal(40, (await ClaimAsync(100)).Length);
        // Time goes by for the runs that can be served: those at their bound stay behind, in front of any newcomer.
        await SubmitAsync("pace", Many("pace", 10));
        Assert.Equal(10, (await ClaimAsync(100, run: "pace")).Length);
        await SubmitAsync("free", Step("free"));

        Assert.Equal(["free"], await ClaimAsync(1));
    }

    [Fact]
    public async Task Both_classes_of_one_claim_make_progress()
    {
        await SubmitAsync("r1", Many("work", 500));
        await ClaimAsync(100);
        await Store.SubmitAsync(Run("r2", [.. Many("plan", 100).Select(step => step with { Class = Plan })]), None);

        var classes = new List<StepClass>();
        for (var i = 0; i < 40; i++)
        {
            classes.AddRange((await Store.ClaimAsync(
                new() { Incarnation = Worker, Classes = [new(Work, 1), new(Plan, 1)], Count = 1, Lease = Lease }, None)).Select(step => step.Class));
        }

        Assert.InRange(classes.Count(one => one == Plan), 10, 30);
    }

    [Fact]
    public async Task Nothing_is_handed_out_to_a_stranger()
    {
        await SubmitAsync("r", Step("a"));
        await Assert.ThrowsAsync<NotFoundException>(() => ClaimAsync(by: Guid.NewGuid()));
        Assert.Equal("a Ready", await StatesAsync("r"));
    }

    [Fact]
    public async Task No_slots_no_steps()
    {
        await SubmitAsync("r", Step("a"));
        Assert.Empty(await ClaimAsync(0));
    }
}
