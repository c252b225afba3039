using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>What comes before a step that could follow a report at once.</summary>
public abstract class FollowUpOrderConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly StepClass Other = new("default", "other");


    [Theory]
    [InlineData("nothing")]
    [InlineData("priority")]
    [InlineData("priority of another class")]
    [InlineData("due")]
    [InlineData("silent")]
    [InlineData("cancelled")]
    [InlineData("stopped")]
    [InlineData("gone")]
    [InlineData("another's")]
    [Trait("Promise", "I8")]
    [Trait("Promise", "I14")]
    public async Task Nothing_follows_while_something_else_comes_first(string what)
    {
        var other = await RegisterAsync("other");
        await SubmitAsync("waiting", Step("w"));
        await ClaimAsync();
        await SubmitAsync("held", Step("h"));
        await ClaimAsync(by: other);
        await Store.SubmitAsync(Run("r", Step("a"), Step("b", "a"), Step("x")) with { StopOnFailure = what == "stopped" }, None);
        await ClaimAsync();
        switch (what)
        {
            case "priority":
                await Store.SubmitAsync(Run("urgent", Step("u")) with { Priority = 1 }, None);
                break;
            case "priority of another class":
                await Store.SubmitAsync(Run("urgent", Step("u") with { Class = Other }) with { Priority = 1 }, None);
                break;
            case "due":
                await FailAsync("w", TimeSpan.FromSeconds(1));
                await PassAsync(TimeSpan.FromSeconds(2));
                break;
            case "silent":
                await PassAsync(Lease / 2);
                await PassAsync(Lease);
                break;
            case "cancelled":
                await Store.CancelAsync("r", None);
                break;
            case "stopped":
                await FailAsync("x");
                break;
            case "gone":
                Time.Advance(Lease * 2);
                break;
        }

        var lease = LeaseOf("a");
        var by = what == "another's" ? other : Worker;
        var (_, next) = await Store.CompleteAsync(lease, new(), new(by, [Work, Other]), None);
        // Without anything else it does follow, where it ever does.
        Assert.Equal(what == "nothing" && Fixture.FollowsUp, next is not null);
    }

    /// <summary>The second step of the class takes the run's place in the ring away, and gives it the same one again.</summary>
    [Fact]
    public async Task What_becomes_ready_by_the_same_reports_comes_first_if_its_priority_is_higher()
    {
        await Store.SubmitAsync(Run("urgent", Step("u"), Step("v", "u"), Step("w", "u")) with { Priority = 1 }, None);
        Assert.Equal(["u"], await ClaimAsync());
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        Assert.Equal(["a"], await ClaimAsync());

        var urgent = Store.CompleteAsync(LeaseOf("u"), new(), new(Worker, [Work]), None);
        var other = Store.CompleteAsync(LeaseOf("a"), new(), new(Worker, [Work]), None);

        Assert.Null((await urgent).FollowUp);
        Assert.Null((await other).FollowUp);
        Assert.Equal(["v", "w", "b"], await ClaimAsync());
    }

    [Fact]
    public async Task A_late_result_of_a_step_that_had_lost_its_lease_is_followed_by_a_claim()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        Time.Advance(Lease * 2);
        var other = await RegisterAsync("other");
        await ClaimAsync(by: other, of: Other);
        await Store.RegisterInstanceAsync(Instance("worker", Worker), Lease, None);

        Assert.Equal(new(ReportOutcome.Recorded, null), await CompleteAsync("a", Work));
    }

    [Fact]
    [Trait("Promise", "I7")]
    public async Task Nothing_follows_while_a_suspect_waits_for_an_instance_that_holds_nothing()
    {
        await SubmitAsync("bad", Step("s"));
        for (var death = 0; death < 2; death++)
        {
            var dying = await RegisterAsync($"dying{death}");
            Assert.Equal(["s"], await ClaimAsync(by: dying));
            await Store.EndInstanceAsync(dying, InstanceEnd.Died, None);
        }

        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync(run: "r");

        Assert.Null((await CompleteAsync("a", Work)).FollowUp);
    }

    [Fact]
    public async Task A_long_chain_lets_others_go_before_and_is_charged_for_what_it_got()
    {
        var chain = Enumerable.Range(0, 12).Select(i => i == 0 ? Step("c0") : Step($"c{i}", $"c{i - 1}")).ToArray();
        await SubmitAsync("chain", chain);
        Assert.Equal(["c0"], await ClaimAsync());
        await SubmitAsync("others", [.. Enumerable.Range(0, 40).Select(i => Step("o" + i))]);

        // By turns whoever has a slot free: what follows, or what a claim brings.
        var served = new List<string>();
        ClaimedStep? next = null;
        for (var i = 0; i < 20; i++)
        {
            var step = next ?? (i == 0 ? null : Assert.Single(await ClaimStepsAsync(1)));
            var lease = step?.Lease ?? LeaseOf("c0");
            served.Add(lease.RunId);
            next = (await Store.CompleteAsync(lease, new(), new(Worker, [Work]), None)).FollowUp;
        }

        Assert.InRange(served.Count(run => run == "chain"), 8, 12);
        // Never more than it may be ahead, and the step by which it was begun.
        var longest = served.Aggregate((Now: 0, Most: 0), (sum, run) => run == "chain" ? (sum.Now + 1, Math.Max(sum.Most, sum.Now + 1)) : (0, sum.Most)).Most;
        Assert.InRange(longest, 1, 5);
    }

    [Fact]
    public async Task A_run_that_is_more_than_three_steps_ahead_is_left_to_a_claim()
    {
        await SubmitAsync("chain", [.. Enumerable.Range(0, 12).Select(i => i == 0 ? Step("c0") : Step($"c{i}", $"c{i - 1}"))]);
        await SubmitAsync("other", Step("o"));
        // Whoever takes that run only takes its steps whoever waits.
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal([$"c{i}"], await ClaimAsync(run: "chain"));
            await CompleteAsync($"c{i}");
        }

        Assert.Equal(["c4"], await ClaimAsync(run: "chain"));
        Assert.Null((await CompleteAsync("c4", Work)).FollowUp);
        Assert.Equal(["o"], await ClaimAsync(1));
    }

    [Fact]
    public async Task A_newcomer_does_not_wait_for_all_that_a_chain_has_got_alone()
    {
        var chain = Enumerable.Range(0, 60).Select(i => i == 0 ? Step("c0") : Step($"c{i}", $"c{i - 1}")).ToArray();
        await SubmitAsync("chain", chain);
        var next = Assert.Single(await ClaimStepsAsync(1));
        for (var i = 0; i < 30; i++)
            next = (await Store.CompleteAsync(next.Lease, new(), new(Worker, [Work]), None)).FollowUp ?? Assert.Single(await ClaimStepsAsync(1));
        await SubmitAsync("new", [.. Enumerable.Range(0, 60).Select(i => Step("n" + i))]);

        // Being alone has cost the chain nothing: from now on it gets its half.
        var served = 0;
        for (var i = 0; i < 20; i++)
        {
            next = (await Store.CompleteAsync(next.Lease, new(), new(Worker, [Work]), None)).FollowUp ?? Assert.Single(await ClaimStepsAsync(1));
            served += next.Lease.RunId == "chain" ? 1 : 0;
        }

        Assert.InRange(served, 8, 13);
    }

    private Task<CompletionReply> CompleteAsync(string key, params StepClass[] room) => Store.CompleteAsync(LeaseOf(key), new(), new(Worker, room), None);
}
