using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>What the store counts as an instance's own and the instance knows nothing of must not stay so with every heartbeat.</summary>
public sealed class StraysTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly RedisFixture _fixture = new();
    private readonly InstanceRecord _instance = Samples.Instance("worker");
    private IStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await _fixture.OpenAsync();
        await _store.RegisterInstanceAsync(_instance, Lease, None);
        await _store.SubmitAsync(Samples.Run("r", steps: 2), None);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    [Trait("Promise", "I6")]
    public async Task A_step_whose_claim_or_report_was_lost_is_handed_back_at_the_second_heartbeat()
    {
        // Claimed in the instance's name, and its own store never hears of it: as after a claim without an answer, or a report that the server has lost again.
        await using var elsewhere = await _fixture.OpenAsync();
        var stray = Assert.Single(await ClaimAsync(elsewhere, 1));
        var known = Assert.Single(await ClaimAsync(_store, 1));

        await _store.RenewAsync(_instance.Incarnation, [known.Lease], Lease, None);
        Assert.Equal(StepStatus.Running, (await _store.FindStepAsync("r", stray.Key, None))!.Status);
        await _store.RenewAsync(_instance.Incarnation, [known.Lease], Lease, None);

        var back = (await _store.FindStepAsync("r", stray.Key, None))!;
        Assert.Equal((StepStatus.Ready, 0, 0), (back.Status, back.Deaths, back.FailedAttempts));
        Assert.Equal(StepStatus.Running, (await _store.FindStepAsync("r", known.Key, None))!.Status);
        Assert.Equal(ReportOutcome.Recorded, await _store.CompleteAsync(known.Lease, new(), None));
        Assert.Equal(stray.Key, Assert.Single(await ClaimAsync(_store, 2)).Key);
        Assert.Empty((await _store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task What_is_reported_or_known_is_left_alone()
    {
        var claimed = await ClaimAsync(_store, 2);
        for (var beat = 0; beat < 3; beat++)
            await _store.RenewAsync(_instance.Incarnation, [], Lease, None);
        foreach (var step in claimed)
            Assert.Equal(ReportOutcome.Recorded, await _store.CompleteAsync(step.Lease, new(), None));
    }

    private Task<IReadOnlyList<ClaimedStep>> ClaimAsync(IStore store, int count) => store.ClaimAsync(
        new() { Incarnation = _instance.Incarnation, Classes = [new(new("default", "work"), count)], Count = count, Lease = Lease }, None);
}
