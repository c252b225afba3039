using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>A store that takes only so many open steps says so to whoever brings more, and to nobody else.</summary>
public abstract class MaxQueuedConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    protected MaxQueuedConformance() => Fixture.MaxQueued = 20;

    [Fact]
    public async Task Of_a_crowd_as_many_are_accepted_as_fit()
    {
        // Through two stores, as two processes would.
        var second = await Fixture.OpenAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TryAsync(i % 2 == 0 ? Store : second, $"r{i}", steps: 3)));

        Assert.Equal(6, outcomes.Count(outcome => outcome == SubmitOutcome.Created));
        Assert.All(outcomes, outcome => Assert.True(outcome is null or SubmitOutcome.Created));
        // What fits still fits, and what is there is there.
        Assert.Equal(SubmitOutcome.Created, await TryAsync(Store, "small", steps: 2));
        Assert.Equal(SubmitOutcome.Existing, await TryAsync(second, "small", steps: 2));
        Assert.Null(await TryAsync(second, "one", steps: 1));
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task What_ends_makes_room_and_the_refusal_says_what_to_do()
    {
        await Store.SubmitAsync(Samples.Run("r", steps: 20), None);

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.SubmitAsync(Samples.Run("more", steps: 1), None));
        Assert.Equal(
            "Run 'more' is not accepted: 20 steps are open already, and with its 1 they would be more than maxQueued allows (20). Submit it again when some have ended, add instances, or raise runtime.store.maxQueued.",
            refusal.Message);
        Assert.Single(await ClaimAsync(1, run: "r"));
        await CompleteAsync("s0");

        Assert.Equal(SubmitOutcome.Created, await Store.SubmitAsync(Samples.Run("more", steps: 1), None));
    }

    private static async Task<SubmitOutcome?> TryAsync(IStore store, string id, int steps)
    {
        try
        {
            return await store.SubmitAsync(Samples.Run(id, steps), None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
