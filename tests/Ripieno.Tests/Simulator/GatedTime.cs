namespace Ripieno.Tests.Simulator;

/// <summary>Time in which every wait lasts until the gate is opened, and none lasts afterwards.</summary>
internal sealed class GatedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<GatedTimer> _held = [];
    private bool _open;

    /// <summary>Sum of all waits asked for, those that last for ever left out.</summary>
    public TimeSpan Waited { get; private set; }

    public void Open()
    {
        List<GatedTimer> freed;
        lock (_lock)
        {
            _open = true;
            freed = [.. _held];
            _held.Clear();
        }

        freed.ForEach(timer => timer.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new GatedTimer(callback, state);
        lock (_lock)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
                return timer;
            Waited += dueTime;
            if (!_open)
            {
                _held.Add(timer);
                return timer;
            }
        }

        timer.Fire();
        return timer;
    }

    private sealed class GatedTimer(TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public void Fire()
        {
            if (!_disposed)
                callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => !_disposed;

        public void Dispose() => _disposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
