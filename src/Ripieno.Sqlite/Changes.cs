namespace Ripieno.Sqlite;

/// <summary>Tells waiters that something was committed: at once for this process's commits, within a glance for others'.</summary>
internal sealed class Changes(Connection watcher, TimeProvider time) : IDisposable
{
    /// <summary>How often other processes' commits are looked for. Reading the counter costs microseconds.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private TaskCompletionSource _next = New();
    private long _count;
    private long _version;
    private bool _isClosed;

    public void Committed()
    {
        TaskCompletionSource previous;
        lock (_lock)
        {
            _count++;
            previous = _next;
            _next = New();
        }

        previous.TrySetResult();
    }

    public async Task<long> WaitAsync(long seen, TimeSpan atMost, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_count > seen)
                    return _count;
                next = _next.Task;
            }

            var rest = atMost - time.GetElapsedTime(started);
            if (rest <= TimeSpan.Zero)
                return seen;
            using var glance = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(next, Task.Delay(rest < Glance ? rest : Glance, time, glance.Token));
            await glance.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            if (!next.IsCompleted && OthersCommitted())
                Committed();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            watcher.Dispose();
        }

        // Whoever waits looks once more, and learns that there is nothing to wait for.
        Committed();
    }

    private bool OthersCommitted()
    {
        lock (_lock)
        {
            if (_isClosed)
                return false;
            var version = watcher.Number("PRAGMA data_version");
            var changed = version != _version;
            _version = version;
            return changed;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
