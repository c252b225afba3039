using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Who is served when there is more to do than slots: priority, then tenants by weight, then a tenant's runs by weight.</summary>
public abstract class FairShareConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task A_tenant_with_many_runs_gets_no_more_than_one_with_a_single_run()
    {
        for (var i = 0; i < 10; i++)
            await SubmitAsync("crowd", $"crowd{i}", 100);
        await SubmitAsync("single", "single", 400);

        var served = await ServeAsync(200);

        Assert.InRange(served["single"], 92, 108);
    }

    [Fact]
    public async Task Tenants_share_by_weight_and_their_runs_by_weight_within()
    {
        await SubmitAsync("heavy", "heavy1", 400, weight: 1, tenantWeight: 3);
        await SubmitAsync("heavy", "heavy2", 400, weight: 2, tenantWeight: 3);
        await SubmitAsync("light", "light", 400);

        var served = await ServeAsync(240);

        Assert.InRange(served["light"], 54, 66);
        Assert.InRange(served["heavy1"], 54, 66);
        Assert.InRange(served["heavy2"], 112, 128);
    }

    [Fact]
    public async Task What_a_tenant_does_not_use_is_the_others()
    {
        await SubmitAsync("small", "small", 5);
        await SubmitAsync("big", "big", 200);

        var served = await ServeAsync(100);

        Assert.Equal((5, 95), (served["small"], served["big"]));
    }

    [Fact]
    public async Task A_run_that_joins_its_tenant_takes_from_that_tenant_only()
    {
        await SubmitAsync("one", "one", 400);
        await SubmitAsync("two", "two1", 400);
        await ServeAsync(40);
        await SubmitAsync("two", "two2", 400);

        var served = await ServeAsync(120);

        Assert.InRange(served["one"], 54, 66);
        Assert.InRange(served["two1"], 24, 36);
        Assert.InRange(served["two2"], 24, 36);
    }

    [Fact]
    public async Task Priority_stands_above_every_weight()
    {
        await SubmitAsync("heavy", "heavy", 50, tenantWeight: 1000);
        await Store.SubmitAsync(Run("urgent", Many("urgent", 20)) with { Tenant = "light", Priority = 1 }, None);

        var served = await ServeAsync(30);

        Assert.Equal((20, 10), (served["urgent"], served["heavy"]));
    }

    [Fact]
    public async Task With_ten_thousand_steps_of_one_run_waiting_a_small_run_is_next()
    {
        await Store.SubmitAsync(Run("big", Step("root")) with { MaxSteps = 10_001 }, None);
        await ClaimAsync();
        await ExpandAsync("root", ExpansionTarget.Self, [.. Many("big", 10_000)]);
        await Store.SettleAsync(None);
        await ClaimAsync(50);
        await SubmitAsync("small", Step("s0"), Step("s1", "s0"), Step("s2", "s1"));

        // With one slot a share of a half: each of its steps is one of the next two.
        foreach (var key in new[] { "s0", "s1", "s2" })
        {
            Assert.Contains(key, (string[])[.. await ClaimAsync(1), .. await ClaimAsync(1)]);
            await CompleteAsync(key);
        }

        Assert.Equal(RunStatus.Succeeded, (await RunAsync("small")).Status);
    }

    private Task<SubmitOutcome> SubmitAsync(string tenant, string run, int steps, int weight = 1, int tenantWeight = 1) =>
        Store.SubmitAsync(Run(run, Many(run, steps)) with { Tenant = tenant, Weight = weight, TenantWeight = tenantWeight }, None);

    private static StepSpec[] Many(string run, int count) => [.. Enumerable.Range(0, count).Select(i => Step($"{run}-{i}"))];

    /// <summary>Claims a few at a time, as slots become free.</summary>
    private async Task<Dictionary<string, int>> ServeAsync(int count)
    {
        var served = new List<string>();
        while (served.Count < count && await ClaimStepsAsync(Math.Min(4, count - served.Count)) is { Count: > 0 } steps)
        {
            served.AddRange(steps.Select(step => step.Lease.RunId));
            foreach (var step in steps)
                await Store.CompleteAsync(step.Lease, new(), None);
        }

        return served.CountBy(run => run).ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    [Fact]
    public async Task A_claim_of_many_takes_from_all_runs_alike_and_a_newcomer_has_its_share_of_the_next()
    {
        string[] runs = ["r1", "r2", "r3"];
        foreach (var run in runs)
            await SubmitAsync(run, [.. Enumerable.Range(0, 100).Select(i => Step("s" + i))]);

        // A quarter in a turn at most, and an equal part of the rest: so no run is ahead of another by more than five.
        var first = (await ClaimStepsAsync(60)).CountBy(step => step.Lease.RunId).ToDictionary();
        Assert.All(runs, run => Assert.InRange(first[run], 15, 25));
        await SubmitAsync("new", [.. Enumerable.Range(0, 100).Select(i => Step("s" + i))]);

        var second = (await ClaimStepsAsync(60)).CountBy(step => step.Lease.RunId).ToDictionary();
        Assert.All([.. runs, "new"], run => Assert.InRange(second[run] + (run == "new" ? 0 : first[run] - 20), 10, 20));
    }

    [Fact]
    public async Task A_newcomer_does_not_begin_behind_runs_that_have_not_had_their_turn()
    {
        for (var i = 0; i < 20; i++)
            await SubmitAsync($"run{i}", [.. Enumerable.Range(0, 10).Select(i => Step("s" + i))]);
        // A few runs may give several steps each in their turn, and the others none.
        await ClaimStepsAsync(48);
        await SubmitAsync("new", Step("a"));

        Assert.Contains("new", (await ClaimStepsAsync(23)).Select(step => step.Lease.RunId));
    }

    [Fact]
    public async Task A_claim_of_many_does_not_let_a_tenant_wait_for_each_run_of_a_crowd()
    {
        await SubmitAsync("single", "single", 400);
        for (var i = 0; i < 20; i++)
            await SubmitAsync("crowd", $"crowd{i}", 100);

        var served = 0;
        for (var i = 0; i < 5; i++)
            served += (await ClaimStepsAsync(48)).Count(step => step.Lease.RunId == "single");

        // Half of 240; a quarter of each claim for each run of the crowd would leave it 12.
        Assert.InRange(served, 60, 140);
    }
}
