namespace Ripieno.Stores.Tests.Conformance;

public abstract class ChangeConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_waiter_wakes_for_its_own_stores_commit()
    {
        var seen = await SettleAsync();
        var waiting = Store.WaitForChangeAsync(seen, Hour, None);
        Assert.False(waiting.IsCompleted);

        await SubmitAsync("r", Step("a"));

        Assert.NotEqual(seen, await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_waiter_wakes_for_another_stores_commit()
    {
        await using var other = await Fixture.OpenAsync();
        var seen = await SettleAsync();
        var waiting = Store.WaitForChangeAsync(seen, Hour, None);

        await other.SubmitAsync(Run("r", Step("a")), None);

        Assert.NotEqual(seen, await TickAsync(waiting));
    }

    [Fact]
    public async Task A_change_before_the_wait_is_not_missed()
    {
        var seen = await SettleAsync();
        await SubmitAsync("r", Step("a"));
        Assert.NotEqual(seen, await Store.WaitForChangeAsync(seen, Hour, None));
    }

    [Fact]
    public async Task Every_waiter_wakes()
    {
        var seen = await SettleAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => Store.WaitForChangeAsync(seen, Hour, None)).ToList();
        await SubmitAsync("r", Step("a"));
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_quiet_store_wakes_nobody_before_the_time()
    {
        var seen = await SettleAsync();
        var atMost = TimeSpan.FromSeconds(5);
        var until = Time.GetUtcNow() + atMost;

        Assert.Equal(seen, await TickAsync(Store.WaitForChangeAsync(seen, atMost, None)));

        Assert.True(Time.GetUtcNow() >= until);
    }

    [Fact]
    public async Task Looking_for_work_in_vain_commits_nothing_and_wakes_nobody()
    {
        await ClaimAsync();
        var seen = await SettleAsync();
        var commits = await Fixture.CommitsAsync();
        for (var i = 0; i < 20; i++)
            Assert.Empty(await ClaimAsync());
        Assert.Equal(commits, await Fixture.CommitsAsync());
        Assert.Equal(seen, await TickAsync(Store.WaitForChangeAsync(seen, TimeSpan.FromSeconds(1), None)));
    }

    [Fact]
    public async Task Waiting_can_be_called_off()
    {
        using var source = new CancellationTokenSource();
        var waiting = Store.WaitForChangeAsync(await SettleAsync(), Hour, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>The count after everything that was committed before has been noticed.</summary>
    private async Task<long> SettleAsync()
    {
        var seen = await TickAsync(Store.WaitForChangeAsync(0, TimeSpan.FromSeconds(1), None));
        while (true)
        {
            var next = await TickAsync(Store.WaitForChangeAsync(seen, TimeSpan.FromSeconds(1), None));
            if (next == seen)
                return seen;
            seen = next;
        }
    }

    private async Task<long> TickAsync(Task<long> waiting)
    {
        for (var i = 0; i < 10_000 && !waiting.IsCompleted; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None));
        }

        return await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
