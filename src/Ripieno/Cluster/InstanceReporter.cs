using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>
/// Tells the store of this instance every few seconds, and hears that it is to drain. A loop of its own: a store that is slow or away holds up neither heartbeats nor slots, and what
/// could not be told is told next time.
/// </summary>
/// <param name="store">Whom it tells.</param>
/// <param name="incarnation">Who it is.</param>
/// <param name="look">What there is to tell now.</param>
/// <param name="time">Its clock.</param>
internal sealed class InstanceReporter(IStore store, Guid incarnation, Func<InstanceReport> look, TimeProvider time)
{
    /// <summary>Often enough for people who look on and for those who wait for a drain, rarely enough for hundreds of instances on one Redis.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _drain = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the instance was asked to drain.</summary>
    public Task DrainAsked => _drain.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var told = await TellAsync(stop);
            await Task.Delay(told ? Pace : AfterFailure, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tells once.</summary>
    /// <returns>False when the store did not take it.</returns>
    public async Task<bool> TellAsync(CancellationToken cancellation)
    {
        try
        {
            if (await store.ReportInstanceAsync(incarnation, InstanceReportJson.Write(look()), cancellation))
                _drain.TrySetResult();
            return true;
        }
        catch (Exception)
        {
            // The heartbeat has the same trouble with the store and tells of it; a registration that is gone is announced again by it. Even a defect: an instance whose loop has ended would never hear that it is to
            // drain.
            return false;
        }
    }
}
