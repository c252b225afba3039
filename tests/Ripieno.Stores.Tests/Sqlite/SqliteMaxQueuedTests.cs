using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>A file that takes only so many open steps says so to whoever brings more, and to nobody else.</summary>
public sealed class SqliteMaxQueuedTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly SqliteFixture _fixture = new() { MaxQueued = 20 };
    private readonly InstanceRecord _instance = Samples.Instance("worker");
    private IStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await _fixture.OpenAsync();
        await _store.RegisterInstanceAsync(_instance, Lease, None);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Of_a_crowd_as_many_are_accepted_as_fit()
    {
        // Through two stores on the file, as two processes would.
        var second = await _fixture.OpenAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TryAsync(i % 2 == 0 ? _store : second, $"r{i}", steps: 3)));

        Assert.Equal(6, outcomes.Count(outcome => outcome == SubmitOutcome.Created));
        Assert.All(outcomes, outcome => Assert.True(outcome is null or SubmitOutcome.Created));
        Assert.Equal(SubmitOutcome.Created, await TryAsync(_store, "small", steps: 2));
        Assert.Equal(SubmitOutcome.Existing, await TryAsync(second, "small", steps: 2));
        Assert.Null(await TryAsync(second, "one", steps: 1));
        Assert.Empty((await _store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task What_ends_makes_room_and_the_refusal_says_what_to_do()
    {
        await _store.SubmitAsync(Samples.Run("r", steps: 20), None);

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.SubmitAsync(Samples.Run("more", steps: 1), None));
        Assert.Equal(
            "Run 'more' is not accepted: 20 steps are open already, and with its 1 they would be more than maxQueued allows (20). Submit it again when some have ended, add instances, or raise runtime.store.maxQueued.",
            refusal.Message);
        var claimed = await _store.ClaimAsync(new() { Incarnation = _instance.Incarnation, Classes = [new(new("default", "work"), 1)], Count = 1, Lease = Lease }, None);
        await _store.CompleteAsync(Assert.Single(claimed).Lease, new(), None);

        Assert.Equal(SubmitOutcome.Created, await _store.SubmitAsync(Samples.Run("more", steps: 1), None));
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
