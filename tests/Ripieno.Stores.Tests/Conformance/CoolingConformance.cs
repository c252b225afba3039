using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>What a server has asked of one instance, all keep.</summary>
public abstract class CoolingConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task While_a_limit_cools_no_permit_of_it_is_given_and_the_reply_says_why_and_for_how_long()
    {
        await Store.CoolLimitAsync("gpu", 90 * Second, "answered 429", None);
        Assert.Equal(new(PermitOutcome.Cooling, 90 * Second, "answered 429"), await AskAsync("gpu"));
        Assert.Equal(PermitOutcome.Given, (await AskAsync("another")).Outcome);
        await PassAsync(89 * Second);
        Assert.Equal(new(PermitOutcome.Cooling, Second, "answered 429"), await AskAsync("gpu"));
        await PassAsync(Second);
        Assert.Equal(PermitOutcome.Given, (await AskAsync("gpu")).Outcome);
    }

    [Fact]
    public async Task A_cooling_is_extended_and_never_shortened()
    {
        await Store.CoolLimitAsync("gpu", 60 * Second, "first", None);
        await Store.CoolLimitAsync("gpu", 10 * Second, "shorter", None);
        Assert.Equal(new(PermitOutcome.Cooling, 60 * Second, "first"), await AskAsync("gpu"));
        await PassAsync(30 * Second);
        await Store.CoolLimitAsync("gpu", 40 * Second, "longer", None);
        Assert.Equal(new(PermitOutcome.Cooling, 40 * Second, "longer"), await AskAsync("gpu"));
    }

    [Fact]
    public async Task One_that_is_over_does_not_stand_in_the_way_of_a_shorter_one()
    {
        await Store.CoolLimitAsync("gpu", 60 * Second, "first", None);
        await PassAsync(61 * Second);
        await Store.CoolLimitAsync("gpu", 5 * Second, "second", None);
        Assert.Equal(new(PermitOutcome.Cooling, 5 * Second, "second"), await AskAsync("gpu"));
    }

    [Fact]
    public async Task Of_the_limits_asked_for_those_that_cool_are_listed()
    {
        await Store.CoolLimitAsync("a", 60 * Second, "why a", None);
        await Store.CoolLimitAsync("b", 10 * Second, "why b", None);
        await Store.CoolLimitAsync("c", 60 * Second, "why c", None);
        await PassAsync(20 * Second);
        Assert.Equal([new Cooling("a", 40 * Second, "why a")], await Store.ListCoolingsAsync(["a", "b", "d"], None));
        Assert.Empty(await Store.ListCoolingsAsync(["d"], None));
    }

    [Fact]
    public async Task Who_holds_a_permit_keeps_it_while_the_limit_cools()
    {
        var permit = Guid.NewGuid();
        await AskAsync("gpu", permit);
        await Store.CoolLimitAsync("gpu", 60 * Second, "why", None);
        Assert.Equal(PermitOutcome.Given, (await AskAsync("gpu", permit)).Outcome);
    }

    private Task<PermitReply> AskAsync(string limit, Guid? permit = null) =>
        Store.AcquirePermitAsync(new(limit, 4, 1, Worker, permit ?? Guid.NewGuid(), TimeSpan.FromHours(1)), None);
}
