namespace Ripieno.Simulator;

/// <summary>Places for calls being computed, and a bounded queue before them.</summary>
internal sealed class Slots(int places, int maxQueue) : IDisposable
{
    private readonly SemaphoreSlim _free = new(places);
    private int _waiting;

    /// <summary>Calls in a place, now and at most.</summary>
    public Gauge Computing { get; } = new();

    /// <summary>Waits for a place; false when the queue is full. A taken place must be given back with <see cref="Leave"/>.</summary>
    public async Task<bool> EnterAsync(CancellationToken cancellation)
    {
        if (!await _free.WaitAsync(TimeSpan.Zero, cancellation) && !await QueueAsync(cancellation))
            return false;
        Computing.Up();
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
            await _free.WaitAsync(cancellation);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
