namespace Ripieno.Simulator;

/// <summary>Places for calls being computed, and a bounded queue before them.</summary>
/// <param name="places">Calls computed at once.</param>
/// <param name="maxQueue">Calls that may wait for a place.</param>
/// <param name="changed">Told when a call starts to wait or to be computed.</param>
internal sealed class Slots(int places, int maxQueue, Action changed) : IDisposable
{
    private readonly SemaphoreSlim _free = new(places);
    private int _waiting;

    /// <summary>Calls in a place, now and at most.</summary>
    public Gauge Computing { get; } = new();

    /// <summary>Calls that wait for a place.</summary>
    public int Queued => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place; false when the queue is full. A taken place must be given back with <see cref="Leave"/>.</summary>
    public async Task<bool> EnterAsync(CancellationToken cancellation)
    {
        if (!await _free.WaitAsync(TimeSpan.Zero, cancellation) && !await QueueAsync(cancellation))
            return false;
        Computing.Up();
        changed();
        return true;
    }

    public void Leave()
    {
        Computing.Down();
        _free.Release();
    }

    public void Dispose() => _free.Dispose();

    private async Task<bool> QueueAsync(CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > maxQueue)
                return false;
            changed();
            await _free.WaitAsync(cancellation);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
