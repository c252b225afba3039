using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>What a report hands out of its run at once. A store need not do it; none may do it when something else comes first.</summary>
public abstract class FollowUpConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly StepClass Other = new("default", "other");

    [Fact]
    [Trait("Promise", "I5")]
    public async Task A_chain_goes_on_by_its_reports_and_comes_to_what_it_comes_to_otherwise()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a") with { Input = "{\"b\":1}"u8.ToArray() }, Step("c", "b") with { Class = Other });
        await ClaimAsync();

        var (outcome, next) = await CompleteAsync("a", Work, Other);

        Assert.Equal((ReportOutcome.Recorded, Fixture.FollowsUp), (outcome, next is not null));
        if (next is null)
            return;
        Assert.Equal(("b", "work", Work, 1L, "{\"b\":1}"), (next.Key, next.Definition, next.Class, next.Lease.Epoch, System.Text.Encoding.UTF8.GetString(next.Input.Span)));
        Assert.Equal("a Succeeded, b Running, c Blocked", await StatesAsync("r"));
        Assert.Empty(await ClaimAsync());
        Assert.Empty((await Store.RenewAsync(Worker, [next.Lease], Lease, None)).Lost);
        Assert.Null((await StepAsync("r", "a")).DueAt);
        var last = (await Store.CompleteAsync(next.Lease, new() { Result = "2"u8.ToArray() }, new(Worker, [Work, Other]), None)).FollowUp!;
        Assert.Equal(("c", Other), (last.Key, last.Class));
        Assert.Equal(ReportOutcome.Recorded, (await Store.CompleteAsync(last.Lease, new(), new(Worker, [Work, Other]), None)).Outcome);
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task What_was_handed_out_is_not_handed_out_to_another_report()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();

        var (_, next) = await CompleteAsync("a", Work);

        Assert.Equal(new(ReportOutcome.Recorded, null), await CompleteAsync("a", Work));
        Assert.Equal(new(ReportOutcome.LeaseLost, null), await Store.CompleteAsync(LeaseOf("a") with { Epoch = 2 }, new(), new(Worker, [Work]), None));
        if (next is not null)
            Assert.Equal(ReportOutcome.Recorded, await Store.CompleteAsync(next.Lease, new(), None));
    }

    [Fact]
    public async Task Nothing_follows_for_which_there_is_no_room()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a") with { Class = Other });
        await ClaimAsync();

        Assert.Null((await CompleteAsync("a", Work)).FollowUp);
        Assert.Null((await CompleteAsync("a")).FollowUp);
        Assert.Equal(["b"], await ClaimAsync(of: Other));
    }

    [Fact]
    public async Task What_several_may_take_at_once_is_claimed()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"), Step("c", "a"));
        await ClaimAsync();

        Assert.Null((await CompleteAsync("a", Work)).FollowUp);
        Assert.Equal(["b", "c"], await ClaimAsync());
    }

    [Fact]
    public async Task What_a_run_may_have_under_way_is_not_exceeded()
    {
        await Store.SubmitAsync(Run("r", Step("a"), Step("b", "a"), Step("c") with { Class = Other }) with { MaxParallel = 1 }, None);
        Assert.Equal(["a"], await ClaimAsync());

        var (_, next) = await CompleteAsync("a", Work);

        Assert.Equal(Fixture.FollowsUp, next is not null);
        Assert.Equal(next is null ? ["b"] : [], await ClaimAsync());
        Assert.Empty(await ClaimAsync(of: Other));
    }

    private Task<CompletionReply> CompleteAsync(string key, params StepClass[] room) => Store.CompleteAsync(LeaseOf(key), new(), new(Worker, room), None);
}
