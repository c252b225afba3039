using System.Threading.Channels;
using Ripieno.Callbacks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// Sees runs end of which this worker reported a step, and wakes their callbacks. Only for speed: a callback that nobody wakes looks by itself. A loop of its own, because a store that is slow must hold up
/// neither slots nor heartbeats.
/// </summary>
internal sealed class EndedRuns(IStore store, Snapshots snapshots, TimeProvider time)
{
    /// <summary>How often open runs are looked at: a run may end later than its last report, when many steps are skipped behind a failed one.</summary>
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);

    /// <summary>Looks within one pulse. More would load the store for the sake of rare cases; the others have their turn in the next.</summary>
    private const int MostLooks = 50;

    /// <summary>Open runs that are looked through after a death.</summary>
    private const int MostSwept = 5000;

    private readonly Channel<(string Run, ContentHash Snapshot)> _reported = Channel.CreateUnbounded<(string, ContentHash)>();
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private Task<bool>? _waiting;
    private int _sweeping;

    /// <summary>A step was reported. Costs nothing where the run has no callbacks.</summary>
    public void Reported(ClaimedStep step)
    {
        if (snapshots.Known(step.SnapshotHash) is not { Callbacks.IsEmpty: true })
            _reported.Writer.TryWrite((step.Lease.RunId, step.SnapshotHash));
    }

    /// <summary>Somebody died who may have been about to wake callbacks.</summary>
    public void Sweep()
    {
        Volatile.Write(ref _sweeping, 1);
        _reported.Writer.TryWrite(("", default));
    }

    public async Task WatchAsync(CancellationToken stop)
    {
        var callbacks = new CallbackRuns(store, time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(stop);
                if (Interlocked.Exchange(ref _sweeping, 0) == 1)
                    await SweepAsync(callbacks, stop);
                foreach (var run in await TakeAsync(stop))
                    await LookAsync(callbacks, run, stop);
                for (var looks = Math.Min(MostLooks, _turns.Count); looks > 0; looks--)
                    await LookAsync(callbacks, _turns.Dequeue(), stop, isTurn: true);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // The worker's other loops say that the store is away. Even a defect: callbacks would be told late for as long as the process lives.
                await Task.Delay(Pulse, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SweepAsync(CallbackRuns callbacks, CancellationToken stop)
    {
        try
        {
            await callbacks.SweepAsync(MostSwept, stop);
        }
        catch
        {
            Volatile.Write(ref _sweeping, 1);
            throw;
        }
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            // The same wait until it is over: the channel would keep every one that was left behind.
            _waiting ??= _reported.Reader.WaitToReadAsync(stop).AsTask();
            var isIdle = _open.Count == 0 && Volatile.Read(ref _sweeping) == 0;
            await _waiting.WaitAsync(isIdle ? Timeout.InfiniteTimeSpan : Pulse, time, stop);
            _waiting = null;
        }
        catch (TimeoutException)
        {
            // Time to look at those that are open.
        }
    }

    /// <summary>Runs with callbacks of which a step was reported since the last look, each once.</summary>
    private async Task<IReadOnlyCollection<string>> TakeAsync(CancellationToken stop)
    {
        var runs = new HashSet<string>(StringComparer.Ordinal);
        while (_reported.Reader.TryRead(out var reported))
        {
            if (reported.Run.Length == 0 || await CountAsync(reported, stop) is not (> 0 and var count))
                continue;
            runs.Add(reported.Run);
            if (_open.TryAdd(reported.Run, count))
                _turns.Enqueue(reported.Run);
        }

        return runs;
    }

    private async Task<int> CountAsync((string Run, ContentHash Snapshot) reported, CancellationToken stop)
    {
        try
        {
            return (await snapshots.GetAsync(reported.Snapshot, stop)).Callbacks.Length;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            _reported.Writer.TryWrite(reported);
            throw;
        }
    }

    private async Task LookAsync(CallbackRuns callbacks, string run, CancellationToken stop, bool isTurn = false)
    {
        if (!_open.TryGetValue(run, out var count))
            return;
        try
        {
            var record = await store.FindRunAsync(run, stop);
            if (record is null || (record.Status != RunStatus.Running && await callbacks.TryWakeAsync(run, count, stop)))
                _open.Remove(run);
        }
        finally
        {
            if (isTurn && _open.ContainsKey(run))
                _turns.Enqueue(run);
        }
    }
}
