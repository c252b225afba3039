using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Shows a run until it is terminal.</summary>
internal abstract class RunDisplay
{
    /// <summary>The run at its end; null when the token was cancelled before.</summary>
    public async Task<RunOverview?> ShowAsync(RunSubject subject, CancellationToken cancellation)
    {
        try
        {
            return await FollowAsync(subject, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    protected abstract Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation);

    public static RunDisplay For(Invocation invocation, CommonSettings common) => common switch
    {
        { Json: true } => new JsonDisplay(invocation),
        { Quiet: true } => new QuietDisplay(invocation),
        _ when invocation.Terminal.IsLive => new LiveDisplay(invocation),
        _ => new PlainDisplay(invocation),
    };

    /// <summary>The overview, or null while the store is away: it may come back, and the run is safe meanwhile.</summary>
    protected static async Task<RunOverview?> TryOverviewAsync(RunSubject subject, CancellationToken cancellation)
    {
        try
        {
            return await subject.OverviewAsync(cancellation);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            return null;
        }
    }

    protected static bool IsOver(RunOverview? overview) => overview is { Run.Status: not RunStatus.Running };
}
