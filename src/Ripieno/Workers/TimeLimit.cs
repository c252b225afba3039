namespace Ripieno.Workers;

/// <summary>
/// The time that a try of a step may take, without that in which a call of it waits for its turn at an endpoint: a crowd before the model server is no reason to fail, and a try that has waited may still begin.
/// </summary>
/// <param name="limit">How much.</param>
/// <param name="time">Its clock.</param>
internal sealed class TimeLimit(TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _over = new(limit, time);
    private readonly Lock _lock = new();
    private TimeSpan _left = limit;
    private long _runningSince = time.GetTimestamp();
    private int _waits;

    /// <summary>Cancelled when it is used up.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>The clock stands still until what this returns is disposed. With several at once, until the last of them.</summary>
    public IDisposable Suspend()
    {
        lock (_lock)
        {
            if (_waits >= 0 && _waits++ == 0)
            {
                _left -= time.GetElapsedTime(_runningSince);
                // Already over: it stays so.
                if (_left > TimeSpan.Zero)
                    _over.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }

        return new Wait(this);
    }

    public void Dispose()
    {
        // A call that outlives its step may still resume it.
        lock (_lock)
        {
            _waits = -1;
            _over.Dispose();
        }
    }

    private void Resume()
    {
        lock (_lock)
        {
            if (_waits < 0 || --_waits > 0 || _left <= TimeSpan.Zero)
                return;
            _runningSince = time.GetTimestamp();
            _over.CancelAfter(_left);
        }
    }

    private sealed class Wait(TimeLimit of) : IDisposable
    {
        private TimeLimit? _of = of;

        public void Dispose() => Interlocked.Exchange(ref _of, null)?.Resume();
    }
}
