using Microsoft.Extensions.Logging;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>
/// Prunes once an hour, beginning at once, for as long as its process lives. Every worker does it: none is special, so none is missed, and the second to look
/// finds nothing left.
/// </summary>
internal sealed partial class HourlyPruning(IStore store, Retention retention, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Pruning _pruning = new(store, time);

    /// <summary>Returns, without an error, when it is told to stop; at once when everything is kept.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (retention.KeepsEverything)
            return;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await PruneAsync(stop);
                await Task.Delay(Interval, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was deleted is deleted; the rest is for the next hour of whichever worker.
        }
    }

    private async Task PruneAsync(CancellationToken stop)
    {
        var deleted = 0;
        try
        {
            await _pruning.DeleteAsync(retention.At(time.GetUtcNow()), gone => deleted = gone, stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Whatever it is: a worker that cannot clean up must go on working.
            LogFailed(log, exception.Message);
        }
        finally
        {
            if (deleted > 0)
                LogPruned(log, deleted);
        }
    }

    [LoggerMessage(LogLevel.Information, "pruned {Runs} ended runs that the configured retention lets go")]
    private static partial void LogPruned(ILogger log, int runs);

    [LoggerMessage(LogLevel.Warning, "ended runs could not be pruned, to be tried again in an hour: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
