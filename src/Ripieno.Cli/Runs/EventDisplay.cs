using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Tells the run's events one after the other, for output that is not a terminal.</summary>
internal abstract class EventDisplay(Invocation invocation) : RunDisplay(invocation)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly TroubleNews _news = new();
    private long _last;

    protected override async Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        while (true)
        {
            // Read before the events: when it says that the run is over, all of them are there.
            var overview = await TryOverviewAsync(subject, cancellation);
            if (overview is not null)
            {
                await TellNewAsync(subject, cancellation);
                await subject.Export(cancellation);
            }

            if (overview is not null && IsOver(overview))
            {
                await EndAsync(subject, overview, cancellation);
                return overview;
            }

            if (_news.Next(Trouble(subject)) is { } news)
                TellTrouble(news);
            await IdleAsync(cancellation);
            await Task.Delay(Pace, Invocation.Time, cancellation);
        }
    }

    protected abstract Task TellAsync(RunSubject subject, RunEvent happened, CancellationToken cancellation);

    /// <summary>The store is away, or is back.</summary>
    protected abstract void TellTrouble(string news);

    protected virtual Task IdleAsync(CancellationToken cancellation) => Task.CompletedTask;

    protected virtual Task EndAsync(RunSubject subject, RunOverview overview, CancellationToken cancellation) => Task.CompletedTask;

    private async Task TellNewAsync(RunSubject subject, CancellationToken cancellation)
    {
        try
        {
            await foreach (var happened in subject.Coordinator.EventsAsync(subject.RunId, _last, follow: false, cancellation))
            {
                await TellAsync(subject, happened, cancellation);
                _last = happened.Number;
            }
        }
        catch (Exception exception) when (IsAway(exception))
        {
            // Told again from the last number on once the store is back.
        }
    }
}
