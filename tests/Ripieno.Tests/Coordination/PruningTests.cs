using Microsoft.Extensions.Logging;
using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Workers;

namespace Ripieno.Tests.Coordination;

/// <summary>Deleting what has ended long enough ago, asked for and by the hour.</summary>
public sealed class PruningTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromDays(1000);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private WorkerScene _scene = null!;
    private Pruning _pruning = null!;
    private InstanceRecord _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.OpenAsync();
        _pruning = new(_scene.Store, _scene.Time);
        _instance = await _scene.RegisterAsync("test", Lease);
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Only_runs_that_ended_before_their_cutoff_go()
    {
        await EndAsync("old-good", succeeds: true);
        await EndAsync("old-bad", succeeds: false);
        await _scene.SubmitAsync("open", WorkerScene.Step("s"));
        _scene.Time.Advance(2 * Day);
        await EndAsync("new-good", succeeds: true);
        var cutoffs = Retention.OlderThan(Day, [RunStatus.Succeeded]).At(_scene.Time.GetUtcNow());

        Assert.Equal(["old-good"], (await _pruning.FindAsync(cutoffs, 10, default)).Select(run => run.Id));
        Assert.Equal(1, await _pruning.DeleteAsync(cutoffs, null, default));

        Assert.Equal(["new-good", "open", "old-bad"], await IdsAsync());
        Assert.Equal(0, await _pruning.DeleteAsync(cutoffs, null, default));
    }

    [Fact]
    public async Task Many_runs_go_page_by_page_and_each_page_is_told()
    {
        for (var run = 0; run < 120; run++)
            await EndAsync($"r{run}", succeeds: true);
        var told = new List<int>();

        Assert.Equal(120, await _pruning.DeleteAsync(Retention.OlderThan(TimeSpan.Zero, []).At(_scene.Time.GetUtcNow().AddSeconds(1)), told.Add, default));

        Assert.Equal([50, 100, 120], told);
        Assert.Empty(await IdsAsync());
        var check = await _scene.Store.CheckAsync(default);
        Assert.Equal((0, 0), (check.Steps, check.Pending));
    }

    [Fact]
    public async Task Named_runs_are_looked_at_together()
    {
        await EndAsync("done", succeeds: true);
        await _scene.SubmitAsync("open", WorkerScene.Step("s"));

        var unknown = await Assert.ThrowsAsync<NotFoundException>(() => _pruning.FindAsync(["done", "one", "two"], default));
        Assert.Contains("'one', 'two'", unknown.Message, StringComparison.Ordinal);
        var running = await Assert.ThrowsAsync<ConflictException>(() => _pruning.FindAsync(["done", "open"], default));
        Assert.Contains("ripieno cancel open", running.Message, StringComparison.Ordinal);
        Assert.Equal(["done"], (await _pruning.FindAsync(["done", "done"], default)).Select(run => run.Id));
    }

    [Fact]
    public async Task Every_hour_it_looks_again()
    {
        var stop = new CancellationTokenSource();
        var log = new KeptLog();
        var pruning = new HourlyPruning(_scene.Store, Retention.OlderThan(Day, []), _scene.Time, log).RunAsync(stop.Token);
        await EndAsync("later", succeeds: true);
        await _scene.SettleAsync();
        Assert.Equal(["later"], await IdsAsync());

        await _scene.UntilAsync(() => log.Lines.Count > 0, TimeSpan.FromMinutes(10));
        await stop.CancelAsync();
        await pruning;

        Assert.Empty(await IdsAsync());
        Assert.True(_scene.Time.GetUtcNow() >= new DateTimeOffset(2030, 1, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.Contains("pruned 1", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((int)Fault.Unavailable)]
    [InlineData((int)Fault.Crash)]
    public async Task A_failure_is_logged_and_tried_again_an_hour_later(int fault)
    {
        await EndAsync("gone", succeeds: true);
        var store = new FaultyStore(_scene.Store, (operation, before) => operation == nameof(IStore.DeleteRunsAsync) && before == 0 ? (Fault)fault : Fault.None);
        _scene.Time.Advance(2 * Day);
        var (log, stop) = (new KeptLog(), new CancellationTokenSource());

        var pruning = new HourlyPruning(store, Retention.OlderThan(Day, []), _scene.Time, log).RunAsync(stop.Token);
        await _scene.UntilAsync(() => log.Lines.Count > 0);
        Assert.Equal(["gone"], await IdsAsync());
        await _scene.UntilAsync(async () => (await IdsAsync()).Length == 0, TimeSpan.FromMinutes(10));
        await stop.CancelAsync();
        await pruning;

        Assert.Equal(LogLevel.Warning, log.Lines[0].Level);
        Assert.Equal(1, store.Fired[(nameof(IStore.DeleteRunsAsync), (Fault)fault)]);
    }

    [Fact]
    public async Task Where_everything_is_kept_nothing_runs()
    {
        await new HourlyPruning(_scene.Store, Retention.Of(new()), _scene.Time, new KeptLog()).RunAsync(default);
    }

    private async Task<string[]> IdsAsync() => [.. (await _scene.Store.ListRunsAsync(null, null, 1000, default)).Select(run => run.Id)];

    private async Task EndAsync(string run, bool succeeds)
    {
        await _scene.SubmitAsync(run, WorkerScene.Step("s"));
        var claim = Assert.Single(await _scene.Store.ClaimAsync(
            new() { Incarnation = _instance.Incarnation, Classes = [new(WorkerScene.Work, 1)], Count = 1, Lease = Lease, RunId = run }, default));
        if (succeeds)
            await _scene.Store.CompleteAsync(claim.Lease, new(), default);
        else
            await _scene.Store.FailAsync(claim.Lease, new("broke", null, default), default);
    }
}
