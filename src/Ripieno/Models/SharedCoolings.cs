using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>
/// How endpoints whose calls need no permit learn what their servers have asked of other instances: by one small read for all of them, made by a call that is about to be sent, at most once a second.
/// An instance that calls nothing reads nothing, and one that calls a thousand times a second reads once. Replies to requests for permits tell the same without any read.
/// </summary>
/// <param name="endpoints">Of all providers.</param>
/// <param name="store">Where it is written.</param>
/// <param name="time">Clock of the pauses.</param>
internal sealed class SharedCoolings(IEnumerable<EndpointState> endpoints, IStore store, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    /// <summary>Calls need no store, so one that is away must not hold them up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly EndpointState[] _endpoints = [.. endpoints.Where(state => state.Endpoint is { SharesCooling: true, NeedsPermit: false })];
    private readonly Lock _lock = new();
    private Task _look = Task.CompletedTask;
    private long? _looked;

    /// <summary>Returns when what is known is not older than a second, or cannot be had.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (_endpoints.Length == 0)
            return;
        Task look;
        lock (_lock)
        {
            if (_look.IsCompleted && (_looked is not { } last || time.GetElapsedTime(last) >= Age))
            {
                _looked = time.GetTimestamp();
                _look = ReadAsync();
            }

            look = _look;
        }

        if (look.IsCompleted)
            return;
        try
        {
            await look.WaitAsync(Patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            // Goes on with what it knows.
        }
    }

    private async Task ReadAsync()
    {
        // The caller holds a lock.
        await Task.Yield();
        try
        {
            foreach (var cooling in await store.ListCoolingsAsync([.. _endpoints.Select(state => state.Endpoint.LimitName)], CancellationToken.None))
            {
                foreach (var state in _endpoints.Where(state => state.Endpoint.LimitName == cooling.Limit))
                    state.Cool(cooling.Left, cooling.Reason);
            }
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException or StoreDamagedException)
        {
            // Goes on with what it knows: whoever works with the store hears of it.
        }
    }
}
