using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Steps that end the instances which execute them.</summary>
public abstract class PoisonConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly StepClass Plan = new("default", "plan");

    [Fact]
    [Trait("Promise", "I7")]
    public async Task After_two_deaths_a_step_executes_alone_and_after_two_more_it_is_given_up()
    {
        await SubmitAsync("r", Step("poison"), Step("after", "poison"), Step("other"));
        await DieAsync("poison", "other");
        await CompleteOtherAsync();
        await DieAsync("poison");
        Assert.Equal((2, 0), ((await StepAsync("r", "poison")).Deaths, (await StepAsync("r", "poison")).DeathsAlone));

        Assert.True(await DieAsync("poison"));
        Assert.Equal(StepStatus.Ready, (await StepAsync("r", "poison")).Status);
        Assert.True(await DieAsync("poison"));

        var step = await StepAsync("r", "poison");
        Assert.Equal((StepStatus.DeadLettered, 4, 2, 0), (step.Status, step.Deaths, step.DeathsAlone, step.FailedAttempts));
        Assert.Contains("4 instances", step.Reason, StringComparison.Ordinal);
        Assert.Equal("poison DeadLettered, after Skipped, other Succeeded", await StatesAsync("r"));
        Assert.Equal((RunStatus.Failed, 1), ((await RunAsync("r")).Status, (await RunAsync("r")).FailedSteps));
        var events = await Store.ListEventsAsync("r", 0, 100, None);
        Assert.Equal(4, events.Count(one => one is { Kind: RunEventKind.LeaseExpired, StepKey: "poison" }));
        Assert.Equal(2, events.Count(one => one.Kind == RunEventKind.LeaseExpired && one.Detail!.Contains("alone", StringComparison.Ordinal)));
        Assert.Contains(RunEventKind.DeadLettered, events.Select(one => one.Kind));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    [Trait("Promise", "I7")]
    public async Task A_step_beside_a_poisonous_one_is_not_given_up()
    {
        await SubmitAsync("r", Step("poison"), Step("healthy"));
        await DieAsync("poison", "healthy");
        await DieAsync("poison", "healthy");

        // Each alone from now on: one of them ends its instance, the other does not.
        for (var i = 0; i < 3; i++)
        {
            var worker = await RegisterAsync("alone" + i);
            var key = Assert.Single(await ClaimAsync(by: worker));
            if (key == "poison")
                await Store.EndInstanceAsync(worker, InstanceEnd.Died, None);
            else
                Assert.Equal(ReportOutcome.Recorded, await CompleteAsync(key));
        }

        Assert.Equal("poison DeadLettered, healthy Succeeded", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_suspect_waits_until_one_instance_has_nothing_else_and_the_others_go_on()
    {
        await MakeSuspectAsync();
        var busy = await RegisterAsync("busy");
        var idle = await RegisterAsync("idle");
        await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None);
        var plan = await PlanAsync(busy);

        // Kept for the busy instance, which gets nothing more until its step is done. Nothing else is there yet: a store of several parts may look at the suspect's last.
        Assert.Empty(await ClaimAsync(2, busy));
        await SubmitAsync("r2", [.. Enumerable.Range(0, 6).Select(i => Step("s" + i))]);
        Assert.Empty(await ClaimAsync(2, busy));
        Assert.Equal(["s0", "s1"], await ClaimAsync(2, idle));
        Assert.Empty(await ClaimAsync(2, busy));
        await Store.CompleteAsync(plan, new(), None);

        var alone = Assert.Single(await ClaimStepsAsync(2, busy));
        Assert.Equal(("suspect", true), (alone.Key, alone.Alone));
        Assert.Empty(await ClaimAsync(2, busy));
        Assert.Equal(["s2", "s3"], await ClaimAsync(2, idle));
        await CompleteAsync("suspect");
        Assert.Equal(["s4", "s5"], await ClaimAsync(2, busy));
        Assert.False((await StepAsync("r2", "s4")).Status == StepStatus.Ready);
    }

    [Fact]
    public async Task A_suspect_kept_for_an_instance_that_is_gone_is_another_s()
    {
        await MakeSuspectAsync();
        var busy = await RegisterAsync("busy");
        await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None);
        await SubmitAsync("plan", Step("p0") with { Class = Plan });
        await PlanAsync(busy);
        Assert.Empty(await ClaimAsync(2, busy));
        var idle = await RegisterAsync("idle");
        Assert.Empty(await ClaimAsync(2, idle));

        Time.Advance(Lease);
        idle = await RegisterAsync("idle again");

        Assert.Equal(["suspect"], await ClaimAsync(2, idle));
    }

    [Fact]
    public async Task A_suspect_is_handed_out_only_for_what_was_asked()
    {
        await MakeSuspectAsync();
        var other = await RegisterAsync("other");
        Assert.Empty(await ClaimAsync(by: other, run: "nowhere"));
        Assert.Empty(await ClaimAsync(by: other, of: Plan));
        await Store.CancelAsync("r", None);
        Assert.Empty(await ClaimAsync(by: other));
    }

    [Fact]
    public async Task The_bound_is_the_run_s_own()
    {
        await Store.SubmitAsync(Run("r", Step("poison")) with { MaxDeathsAlone = 1 }, None);
        for (var i = 0; i < 3; i++)
            await DieAsync("poison");
        Assert.Equal(StepStatus.DeadLettered, (await StepAsync("r", "poison")).Status);
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task Dead_letters_are_listed_and_may_be_retried()
    {
        await SubmitAsync("r", Step("poison"), Step("after", "poison"));
        for (var i = 0; i < 4; i++)
            await DieAsync("poison");
        await SubmitAsync("r2", Step("fine"));

        var dead = Assert.Single(await Store.ListDeadLettersAsync(null, 10, None));
        Assert.Equal(("r", "Title of r", "poison", StepStatus.DeadLettered), (dead.RunId, dead.RunTitle, dead.Step.Key, dead.Step.Status));
        Assert.Single(await Store.ListDeadLettersAsync("r", 10, None));
        Assert.Empty(await Store.ListDeadLettersAsync("r2", 10, None));

        Assert.Equal(2, await Store.RetryAsync("r", ["poison"], None));

        Assert.Empty(await Store.ListDeadLettersAsync(null, 10, None));
        var step = await StepAsync("r", "poison");
        Assert.Equal((StepStatus.Ready, 2, 0, 0), (step.Status, step.Generation, step.Deaths, step.DeathsAlone));
        Assert.Contains("poison", await DrainAsync("r"));
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task A_frozen_instance_that_wakes_takes_its_suspect_back()
    {
        await MakeSuspectAsync();
        await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None);
        var frozen = await RegisterAsync("frozen");
        Assert.Equal(["suspect"], await ClaimAsync(by: frozen));
        Time.Advance(Lease);
        var other = await RegisterAsync("other");
        Assert.Empty(await ClaimAsync(by: other, of: Plan));
        Assert.Equal((3, 1), ((await StepAsync("r", "suspect")).Deaths, (await StepAsync("r", "suspect")).DeathsAlone));

        Assert.Empty((await Store.RenewAsync(frozen, [LeaseOf("suspect")], Lease, None)).Lost);

        Assert.Equal((2, 0), ((await StepAsync("r", "suspect")).Deaths, (await StepAsync("r", "suspect")).DeathsAlone));
        Assert.Equal(ReportOutcome.Recorded, await CompleteAsync("suspect"));
    }

    private async Task MakeSuspectAsync()
    {
        await SubmitAsync("r", Step("suspect"));
        await DieAsync("suspect");
        await DieAsync("suspect");
    }

    /// <summary>An instance claims these steps and dies. True when it had the one alone.</summary>
    private async Task<bool> DieAsync(params string[] keys)
    {
        var worker = await RegisterAsync("dies-" + Guid.NewGuid());
        var claimed = await ClaimStepsAsync(by: worker);
        Assert.Equal(keys, claimed.Select(step => step.Key));
        Assert.Equal(keys.Length, await Store.EndInstanceAsync(worker, InstanceEnd.Died, None));
        return claimed[0].Alone;
    }

    private async Task CompleteOtherAsync()
    {
        Assert.Equal(["poison", "other"], await ClaimAsync());
        await CompleteAsync("other");
        await Store.ReleaseAsync(LeaseOf("poison"), None);
    }

    private async Task<StepLease> PlanAsync(Guid by)
    {
        await SubmitAsync("plans", Step("plan") with { Class = Plan });
        return (await ClaimStepsAsync(1, by, of: Plan)).Single().Lease;
    }
}
