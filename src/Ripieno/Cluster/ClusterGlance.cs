using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>
/// The state of all instances, looked at only when somebody asks and not too often: it costs the store a look at every ready step, and each instance may be asked by
/// several.
/// </summary>
internal sealed class ClusterGlance(IStore store, TimeProvider time) : IDisposable
{
    /// <summary>As often as it is read at most.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    /// <summary>Whoever asks waits for the store no longer; the look goes on, and the next one has it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What is older is not shown: no figure tells more than a wrong one.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;
    private long? _begun;
    private Seen? _last;

    /// <summary>As last seen; null when it was not, or too long ago.</summary>
    public ClusterStatus? Last => Volatile.Read(ref _last) is { } seen && time.GetElapsedTime(seen.At) < Stale ? seen.Status : null;

    /// <summary>Looks again if it is time. A store that is away is no error: <see cref="Last"/> grows old.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        Task reading;
        lock (_lock)
        {
            if (_reading.IsCompleted)
            {
                if (_begun is { } begun && time.GetElapsedTime(begun) < Pace)
                    return;
                _begun = time.GetTimestamp();
                _reading = Task.Run(ReadAsync, CancellationToken.None);
            }

            reading = _reading;
        }

        await reading.WaitAsync(Patience, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Cancel();

    private async Task ReadAsync()
    {
        try
        {
            var at = time.GetTimestamp();
            Volatile.Write(ref _last, new(await ClusterStatus.ReadAsync(store, time, _stop.Token), at));
        }
        catch (Exception exception) when (exception is RipienoException or OperationCanceledException)
        {
            // The worker's loops have the same trouble and tell of it.
        }
    }

    private sealed record Seen(ClusterStatus Status, long At);
}
