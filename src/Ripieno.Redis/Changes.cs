using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Tells waiters that something may have changed: at once for this process's commits and when another process gives a hint, else within a second, because a hint can be lost: the commit counters are
/// looked at after 50 ms, then less and less often.
/// </summary>
internal sealed class Changes(Func<Task<bool>> othersCommitted, TimeProvider time)
{
    private static readonly TimeSpan FirstGlance = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LastGlance = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _next = New();
    private long _count;

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

    public async Task SubscribeAsync(ISubscriber subscriber, IEnumerable<Partition> partitions)
    {
        foreach (var partition in partitions)
            await subscriber.SubscribeAsync(RedisChannel.Literal(partition.Channel), (_, _) => Committed());
    }

    public async Task<long> WaitAsync(long seen, TimeSpan atMost, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var glance = FirstGlance;
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
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(next, Task.Delay(rest < glance ? rest : glance, time, pause.Token));
            await pause.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            if (!next.IsCompleted && await othersCommitted())
                Committed();
            glance = glance * 2 < LastGlance ? glance * 2 : LastGlance;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
