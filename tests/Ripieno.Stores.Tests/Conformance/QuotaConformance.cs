using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>How many runs of a tenant may be open.</summary>
public abstract class QuotaConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task A_tenants_quota_refuses_one_run_more_says_what_to_do_and_concerns_nobody_else()
    {
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("a1", "a", 2));
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("a2", "a", 2));

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("a3", "a", 2));

        Assert.Equal(
            "Run 'a3' is not accepted: tenant 'a' has 2 runs that have not ended, and maxQueued allows it 2. Submit it again when some have ended, cancel some, or raise tenants.a.maxQueued.", refusal.Message);
        Assert.Null(await Store.FindRunAsync("a3", None));
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("b1", "b", 2));
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("c1", "c", null));
        // What runs goes on, whatever it adds.
        Assert.Equal(["s"], (await ClaimAsync(1, run: "a1")));
        await ExpandAsync("s", ExpansionTarget.Self, Step("more"), Step("still more"));
    }

    [Fact]
    public async Task A_submission_that_was_accepted_may_be_repeated_at_any_time()
    {
        await SubmitAsync("a1", "a", 1);
        Assert.Equal(SubmitOutcome.Existing, await SubmitAsync("a1", "a", 1));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("a2", "a", 1));
        Assert.Equal(SubmitOutcome.Existing, await SubmitAsync("a1", "a", 1));
    }

    [Fact]
    public async Task Runs_that_end_make_room_and_runs_that_are_retried_take_it()
    {
        await SubmitAsync("a1", "a", 1);
        await ClaimAsync();
        await FailAsync("s");
        await SubmitAsync("a2", "a", 1);
        await Store.RetryAsync("a1", [], None);
        await Store.CancelAsync("a2", None);
        await Store.SettleAsync(None);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("a3", "a", 1));

        Assert.Equal(["s"], await DrainAsync("a1"));
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("a3", "a", 1));
        await Store.DeleteRunsAsync(["a1", "a2"], None);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("a4", "a", 1));
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task Callbacks_are_not_counted()
    {
        await Store.SubmitAsync(Run("a1-callback", Step("s")) with { Tenant = "a", Workflow = RunSubmission.Uncounted }, None);
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("a1", "a", 1));
        await Store.CancelAsync("a1-callback", None);
        await Store.SettleAsync(None);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("a2", "a", 1));
    }

    private Task<SubmitOutcome> SubmitAsync(string id, string tenant, int? most) => Store.SubmitAsync(Run(id, Step("s")) with { Tenant = tenant, TenantMaxQueued = most }, None);
}
