using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>In a store of several parts, whoever executes a suspect gets nothing from the others either.</summary>
[Trait("Promise", "I7")]
public sealed class PartedSuspectTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly StepClass Work = new("default", "work");

    [Fact]
    public async Task A_claim_for_another_run_gets_nothing_beside_a_suspect()
    {
        await using var fixture = new RedisFixture { Partitions = 3 };
        var store = await fixture.OpenAsync();
        var worker = await SuspectAsync(store);
        Assert.True(Assert.Single(await ClaimAsync(store, worker)).Alone);
        await SubmitOthersAsync(store);

        for (var i = 0; i < 10; i++)
            Assert.Empty(await ClaimAsync(store, worker, "r" + i));
        Assert.Empty(await ClaimAsync(store, worker));
    }

    [Fact]
    [Trait("Promise", "I16")]
    public async Task A_suspect_given_again_after_a_lost_answer_is_still_alone()
    {
        await using var fixture = new LossyRedisFixture { Partitions = 3, OneIn = 0 };
        var store = await fixture.OpenAsync();
        var worker = await SuspectAsync(store);
        // Kept for the worker, which holds another step, so that its next claim begins there.
        await store.SubmitAsync(Samples.Run("plan") with { Steps = [Samples.Run("p").Steps[0] with { Class = new("default", "plan") }] }, None);
        var plan = Assert.Single(await store.ClaimAsync(new() { Incarnation = worker, Classes = [new(new("default", "plan"), 1)], Count = 1, Lease = Lease }, None));
        Assert.Empty(await ClaimAsync(store, worker));
        await store.CompleteAsync(plan.Lease, new(), None);
        await SubmitOthersAsync(store);

        fixture.LoseAnswerTo(1);
        var claimed = await ClaimAsync(store, worker);

        Assert.Equal(1, fixture.Swallowed);
        Assert.Equal("suspect", Assert.Single(claimed).Lease.RunId);
    }

    /// <summary>A run whose step two instances have died of, and an instance that is asked next.</summary>
    private static async Task<Guid> SuspectAsync(IStore store)
    {
        await store.SubmitAsync(Samples.Run("suspect"), None);
        for (var i = 0; i < 2; i++)
        {
            var dies = await RegisterAsync(store, "dies" + i);
            Assert.Single(await ClaimAsync(store, dies));
            await store.EndInstanceAsync(dies, InstanceEnd.Died, None);
        }

        return await RegisterAsync(store, "worker");
    }

    /// <summary>So many that each part has some.</summary>
    private static async Task SubmitOthersAsync(IStore store)
    {
        for (var i = 0; i < 10; i++)
            await store.SubmitAsync(Samples.Run("r" + i), None);
    }

    private static async Task<Guid> RegisterAsync(IStore store, string id)
    {
        var instance = Samples.Instance(id);
        await store.RegisterInstanceAsync(instance, Lease, None);
        return instance.Incarnation;
    }

    private static Task<IReadOnlyList<ClaimedStep>> ClaimAsync(IStore store, Guid incarnation, string? run = null) =>
        store.ClaimAsync(new() { Incarnation = incarnation, Classes = [new(Work, 10)], Count = 10, Lease = Lease, RunId = run }, None);
}
