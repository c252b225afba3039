using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

public sealed class OutageTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Lines _log = new();

    [Fact]
    public void It_begins_once_and_is_over_when_the_last_one_goes_on()
    {
        var outage = new Outage(_time, _log);

        outage.Begin("claim", new StoreUnavailableException("no answer after 5001 ms"));
        outage.Begin("claim", new StoreUnavailableException("no answer after 5002 ms"));
        outage.Begin("pulse", new StoreUnavailableException("no answer after 5003 ms"));
        _time.Advance(TimeSpan.FromSeconds(90));
        outage.End("pulse");
        Assert.Equal("no answer after 5001 ms", outage.Text);
        outage.End("claim");
        outage.End("claim");

        Assert.Null(outage.Text);
        Assert.Equal(["the store is away: no answer after 5001 ms", "the store is back after 90.0 s"], _log);
    }

    [Fact]
    public void Another_kind_of_failure_is_told_and_so_is_the_next_outage()
    {
        var outage = new Outage(_time, _log);

        outage.Begin("claim", new StoreUnavailableException("gone"));
        outage.Begin("claim", new OutcomeUnknownException("perhaps"));
        Assert.Equal("perhaps", outage.Text);
        outage.Begin("claim", new StoreUnavailableException("gone"));
        outage.End("claim");
        outage.Begin("claim", new StoreUnavailableException("gone"));

        Assert.Equal(
            ["the store is away: gone", "the store is away: perhaps", "the store is back after 0.0 s", "the store is away: gone"], _log);
    }

    [Fact]
    public async Task A_heartbeat_that_succeeds_does_not_end_what_a_claim_suffers_from()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.ClaimAsync) ? Fault.Unavailable : Fault.None);
        var worker = await scene.StartAsync(store: store);
        var pace = TimeSpan.FromMilliseconds(200);
        await scene.UntilAsync(() => worker.Trouble is not null, pace);

        var renewed = store.Calls(nameof(IStore.RenewAsync));
        await scene.UntilAsync(() =>
        {
            Assert.NotNull(worker.Trouble);
            return store.Calls(nameof(IStore.RenewAsync)) > renewed + 2;
        }, pace);

        store.Plan = (_, _) => Fault.None;
        await scene.UntilAsync(() => worker.Trouble is null, pace);
    }

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));
    }
}
