using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Tells the run's events one after the other, for output that is not a terminal.</summary>
internal abstract class EventDisplay(Invocation invocation) : RunDisplay
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private long _last;

    protected Invocation Invocation => invocation;

    protected override async Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        while (true)
        {
            // Read before the events: when it says that the run is over, all of them are there.
            var overview = await TryOverviewAsync(subject, cancellation);
            if (overview is not null)
                await TellNewAsync(subject, cancellation);
            await subject.Export(cancellation);
            if (overview is not null && IsOver(overview))
            {
                await EndAsync(subject, overview, cancellation);
                return overview;
            }

            await IdleAsync(subject, overview, cancellation);
            await Task.Delay(Pace, invocation.Time, cancellation);
        }
    }

    protected abstract Task TellAsync(RunSubject subject, RunEvent happened, CancellationToken cancellation);

    protected virtual Task IdleAsync(RunSubject subject, RunOverview? overview, CancellationToken cancellation) => Task.CompletedTask;

    protected virtual Task EndAsync(RunSubject subject, RunOverview overview, CancellationToken cancellation) => Task.CompletedTask;

    private async Task TellNewAsync(RunSubject subject, CancellationToken cancellation)
    {
        try
        {
            await foreach (var happened in subject.Coordinator.EventsAsync(subject.RunId, _last, follow: false, cancellation))
            {
                _last = happened.Number;
                await TellAsync(subject, happened, cancellation);
            }
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            // Told again from the last number on once the store is back.
        }
    }
}
