using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Shows a run until it is terminal.</summary>
internal abstract class RunDisplay(Invocation invocation)
{
    // A store that many machines share may take longer to say that it is away than anyone looks at a display that stands still.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private Task<RunOverview>? _asked;
    private string? _away;

    protected Invocation Invocation => invocation;

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
    protected async Task<RunOverview?> TryOverviewAsync(RunSubject subject, CancellationToken cancellation)
    {
        try
        {
            _asked ??= subject.OverviewAsync(cancellation);
            var overview = await _asked.WaitAsync(Patience, invocation.Time, cancellation);
            (_asked, _away) = (null, null);
            return overview;
        }
        catch (TimeoutException)
        {
            // Asked already: the answer is looked at the next time.
            _away ??= $"The store at {subject.StoreLocation} does not answer; trying again.";
            return null;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            _asked = null;
            _away ??= exception.Message;
            return null;
        }
    }

    /// <summary>What holds the run up as far as this process knows; null when nothing does.</summary>
    protected string? Trouble(RunSubject subject) => subject.Worker?.Trouble ?? _away;

    protected static bool IsAway(Exception exception) => exception is StoreUnavailableException or OutcomeUnknownException;

    protected static bool IsOver(RunOverview? overview) => overview is { Run.Status: not RunStatus.Running };
}
