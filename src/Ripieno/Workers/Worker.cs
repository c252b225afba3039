using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ripieno.Agents;
using Ripieno.Cluster;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// Claims steps, executes them in its slots, reports, and keeps their leases alive. <c>README.md</c> of this folder tells what its three loops
/// own and what happens when each of them fails.
/// </summary>
internal sealed partial class Worker : IAsyncDisposable
{
    /// <summary>How long an idle worker waits for a hint before it asks all the same: bounds the damage of a missed hint.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(1);

    /// <summary>How often dead neighbours are looked for, and cancellations noticed while others write.</summary>
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);

    /// <summary>How long an aborted executor may take to return before it is left behind.</summary>
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// A loop that has not gone round for so long hangs. A store that is away makes a turn slow, not endless: each operation gives up within 30 s, and a turn makes a few.
    /// </summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(5);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly IStore _store;
    private readonly InstanceRecord _instance;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly StepExecution _execution;
    private readonly Outage _outage;
    private readonly EndedRuns _ends;
    private readonly PinnedWork _pinned;
    private readonly WorkTally _tally;
    private readonly LostInstances _lost;
    private readonly InstanceReporter? _reporter;
    private readonly WorkerMeter _meter;
    private readonly LoopWatch _claimTurns;
    private readonly LoopWatch _beatTurns;
    private readonly ConcurrentDictionary<StepLease, Slot> _slots = [];
    private readonly ConcurrentDictionary<string, byte> _claimedRuns = [];
    private readonly SemaphoreSlim _slotFreed = new(0);

    // Between a registration anew and taking back what is executing here, a claim would be handed this instance's own steps, and execute them twice.
    private readonly SemaphoreSlim _registration = new(1);
    private readonly CancellationTokenSource _stopClaiming = new();
    private readonly CancellationTokenSource _stopReporting = new();
    private readonly CancellationTokenSource _stopBeating = new();
    private Task _claiming = Task.CompletedTask;
    private Task _beating = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private Task _telling = Task.CompletedTask;
    private Task _looking = Task.CompletedTask;

    /// <summary>Instances that were not dead when last looked at.</summary>
    private volatile IReadOnlyList<InstanceRecord> _others = [];
    private long _renewed;
    private long _renewedAt;
    private bool _wasSilent;
    private long _woke;
    private long _callsAborted;
    /// <summary>The answer of a claim was lost: nothing more is taken until all slots are empty and the instance has registered again.</summary>
    private volatile bool _claimLost;
    private volatile bool _started;
    private volatile bool _aborting;
    private long _stepsDone;
    private int _stopped;

    public Worker(
        IStore store, InstanceRecord instance, WorkerOptions options, IEnumerable<IStepExecutor> executors, TimeProvider time, ILogger<Worker>? log = null)
    {
        _store = store;
        _instance = instance;
        _options = options;
        _time = time;
        _log = log ?? NullLogger<Worker>.Instance;
        _outage = new(time, _log);
        var snapshots = new Snapshots(store);
        _execution = new(store, executors.ToDictionary(executor => executor.Name, StringComparer.Ordinal), snapshots, time);
        _ends = new(store, snapshots, time);
        _pinned = new(store, instance.Id, options.Classes, time);
        _tally = new(time);
        _lost = new(time);
        (_claimTurns, _beatTurns) = (new(time), new(time));
        _meter = new(this, instance.Id, Reading);
        if (options.Facts is { } facts)
        {
            var (meter, started) = (new ProcessMeter(time), time.GetUtcNow());
            _reporter = new(store, instance.Incarnation, () => Describe(facts, started, meter), time);
        }
    }

    /// <summary>What the busy slots do now, in the order in which they began.</summary>
    public IReadOnlyList<StepActivity> Slots => [.. _slots.Values.Select(slot => slot.Activity).OrderByDescending(activity => activity.Elapsed)];

    /// <summary>Why no work is being taken although slots are free (the store is away); null when all is well.</summary>
    public string? Trouble => _outage.Text;

    /// <summary>Ends when somebody has asked this instance to drain; then it is for the caller to <see cref="StopAsync"/>.</summary>
    public Task DrainAsked => _reporter?.DrainAsked ?? Never;

    /// <summary>Executions that have ended, however they did.</summary>
    public long StepsDone => Volatile.Read(ref _stepsDone);

    /// <summary>Model calls that were aborted because the instance had been silent and their places at the endpoint were given to others.</summary>
    public long CallsAborted => Volatile.Read(ref _callsAborted);

    /// <summary>False when a loop hangs or has ended although it should not: only a fresh process helps.</summary>
    public bool IsAlive => Volatile.Read(ref _stopped) == 1 || (_claimTurns.IsTurning(Hanging) && _beatTurns.IsTurning(Hanging));

    /// <summary>Whether it can take work.</summary>
    public Readiness Readiness
    {
        get
        {
            if (_stopClaiming.IsCancellationRequested || DrainAsked.IsCompleted)
                return Readiness.Draining;
            if (!_started)
                return Readiness.Starting;
            // A heartbeat is a write that the store fences. Without one for the time of a lease the others take this instance for gone, whatever it thinks of itself.
            return Trouble is null && _time.GetElapsedTime(Volatile.Read(ref _renewed)) < _options.Lease.Duration ? Readiness.Ready : Readiness.StoreAway;
        }
    }

    /// <summary>Runs of which steps were claimed since the last call.</summary>
    public IReadOnlyCollection<string> TakeClaimedRuns() => [.. _claimedRuns.Keys.Where(run => _claimedRuns.TryRemove(run, out _))];

    /// <summary>Takes over from dead neighbours, registers the instance and begins to claim.</summary>
    /// <exception cref="ConflictException">A live instance has the same id.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await BuryDeadAsync(cancellation);
        await _store.RegisterInstanceAsync(_instance, _options.Lease.Duration, cancellation);
        await LookAroundAsync(cancellation);
        (_renewed, _renewedAt) = (_time.GetTimestamp(), _time.GetUtcNow().Ticks);
        _started = true;
        _claiming = Task.Run(() => ClaimAsync(_stopClaiming.Token), CancellationToken.None);
        _beating = Task.Run(() => BeatAsync(_stopBeating.Token), CancellationToken.None);
        _watching = Task.Run(() => _ends.WatchAsync(_stopBeating.Token), CancellationToken.None);
        _looking = Task.Run(() => LookAsync(_stopBeating.Token), CancellationToken.None);
        if (_reporter is not null)
            _telling = Task.Run(() => _reporter.RunAsync(_stopBeating.Token), CancellationToken.None);
        // Whoever worked here before may have been killed between the end of a run and waking its callbacks.
        if (_options.Runs.IsAny)
            _ends.Sweep();
    }

    /// <summary>Hands back what is being executed of a run. Take it out of <see cref="WorkerOptions.Runs"/> first, or it is claimed again.</summary>
    public void HandBack(string runId)
    {
        foreach (var slot in _slots.Values.Where(slot => slot.Step.Lease.RunId == runId))
            slot.Abort(AbortReason.Stopping);
    }

    /// <summary>
    /// Claims nothing more, lets steps in flight finish for <paramref name="grace"/>, aborts and hands back the rest, ends the registration.
    /// A second call waits for nothing new.
    /// </summary>
    /// <param name="grace">For steps in flight.</param>
    /// <param name="hurry">Ends the grace.</param>
    public async Task StopAsync(TimeSpan grace, CancellationToken hurry = default)
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        await _stopClaiming.CancelAsync();
        // So that those who look on see at once that it drains.
        var telling = _reporter?.TellAsync(_stopBeating.Token) ?? Task.CompletedTask;
        var ended = EndedAsync();
        if (grace > TimeSpan.Zero)
            await WithinAsync(ended, grace, hurry);
        _aborting = true;
        foreach (var slot in _slots.Values)
            slot.Abort(AbortReason.Stopping);
        await WithinAsync(ended, AbortPatience, CancellationToken.None);
        await _stopReporting.CancelAsync();
        await _stopBeating.CancelAsync();
        // A heartbeat on its way could announce the instance again. But a store that does not answer must not keep the process: what is not
        // handed back now, the lease hands back, or a neighbour that sees the process gone.
        await WithinAsync(Task.WhenAll(_beating, _watching, _telling, _looking, telling), AbortPatience, CancellationToken.None);
        await WithinAsync(EndRegistrationAsync(), AbortPatience, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _meter.Dispose();
        _slotFreed.Dispose();
        _registration.Dispose();
        _stopClaiming.Dispose();
        _stopReporting.Dispose();
        _stopBeating.Dispose();
    }

    /// <summary>Until nothing is in flight: neither a claim, which may bring steps yet, nor a step, which may be followed by another.</summary>
    private async Task EndedAsync()
    {
        await _claiming;
        while (!_slots.IsEmpty)
            await Task.WhenAll(_slots.Values.Select(slot => slot.Ended));
    }

    /// <summary>Hands back whatever was not reported.</summary>
    private async Task EndRegistrationAsync()
    {
        try
        {
            await _store.EndInstanceAsync(_instance.Incarnation, InstanceEnd.Stopped, CancellationToken.None);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            // The lease hands the steps back instead.
            _outage.Begin(nameof(EndRegistrationAsync), exception);
        }
    }

    private async Task ClaimAsync(CancellationToken stop)
    {
        var seen = 0L;
        while (!stop.IsCancellationRequested)
        {
            _claimTurns.Turn();
            try
            {
                var free = _options.Slots - _slots.Count;
                if (_claimLost ? !_slots.IsEmpty : free <= 0)
                {
                    _claimTurns.Rest();
                    await _slotFreed.WaitAsync(stop);
                    continue;
                }

                if (_claimLost)
                {
                    // The store may count steps as executing here of which nobody here knows, and each heartbeat would keep them so.
                    await RegisterAgainAsync(() => _store.EndInstanceAsync(_instance.Incarnation, InstanceEnd.Stopped, stop), stop);
                    _claimLost = false;
                    continue;
                }

                seen = await _store.WaitForChangeAsync(seen, TimeSpan.Zero, stop);
                var begun = await TakeAsync(free, stop);
                _outage.End(nameof(ClaimAsync));
                if (begun == 0)
                    await _store.WaitForChangeAsync(seen, IdlePause, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (NotFoundException)
            {
                // Others took this process for dead (it was frozen, say). It is not: it announces itself again.
                await TryAsync(() => AnnounceAgainAsync(stop), nameof(ClaimAsync), stop);
            }
            catch (OutcomeUnknownException exception)
            {
                _claimLost = true;
                // With steps in flight the next claim is far; the pulse tells sooner whether the store is back.
                _outage.Begin(_slots.IsEmpty ? nameof(ClaimAsync) : nameof(BeatAsync), exception);
                await PauseAsync(Pulse, stop);
            }
            catch (Exception exception)
            {
                // Even a defect: a worker whose loop has ended would hold its place and do nothing.
                _outage.Begin(nameof(ClaimAsync), exception);
                await PauseAsync(Pulse, stop);
            }
        }
    }

    /// <summary>Claims and begins. What one claim has brought is begun before the next one is made, which may fail.</summary>
    private async Task<int> TakeAsync(int free, CancellationToken stop)
    {
        await _registration.WaitAsync(stop);
        try
        {
            // Silent for so long (frozen, say) that others may have taken the lease away: first take back what nobody has claimed.
            if (Silence >= _options.Lease.Duration / 2)
                await RenewAsync(stop);
            var left = free;
            foreach (var (runId, classes) in _options.Runs.Next(_pinned.AllClasses))
            {
                // Once asked, the answer is waited for: steps claimed and forgotten would wait for their lease.
                var steps = await _store.ClaimAsync(
                    new()
                    {
                        Incarnation = _instance.Incarnation,
                        Classes = [.. Demand(classes, left)],
                        Count = left,
                        Lease = _options.Lease.Duration,
                        RunId = runId,
                        SparesSilent = SparesSilent,
                    },
                    CancellationToken.None);
                foreach (var step in steps)
                    Begin(step);
                left -= steps.Count;
                if (left <= 0)
                    break;
            }

            return free - left;
        }
        finally
        {
            _registration.Release();
        }
    }

    private IEnumerable<ClassDemand> Demand(IReadOnlyList<StepClass> classes, int free)
    {
        foreach (var stepClass in classes)
        {
            var most = _options.Bounds.TryGetValue(stepClass, out var bound) ? Math.Min(free, bound - _slots.Values.Count(slot => slot.Step.Class == stepClass)) : free;
            if (most > 0)
                yield return new(stepClass, most);
        }
    }

    private Slot Begin(ClaimedStep step)
    {
        var slot = new Slot(step, new(_time, step.Lease.RunId, step.Key));
        _slots[step.Lease] = slot;
        _claimedRuns[step.Lease.RunId] = 0;
        _tally.Began();
        _meter.StepBegan(step.Class.Shared, step.Waited);
        LogClaimed(_log, step.Lease.RunId, step.Key, step.Lease.Epoch);
        // The claim was on its way when everything else was aborted.
        if (_aborting)
            slot.Abort(AbortReason.Stopping);
        slot.Ended = Task.Run(() => RunSlotAsync(slot));
        return slot;
    }

    private async Task TryAsync(Func<Task> action, string who, CancellationToken stop)
    {
        try
        {
            await action();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopping: the loop sees it.
        }
        catch (Exception exception)
        {
            _outage.Begin(who, exception);
            await PauseAsync(Pulse, stop);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            await Task.Delay(pause, _time, stop);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop sees it.
        }
    }

    private async Task WithinAsync(Task task, TimeSpan limit, CancellationToken hurry)
    {
        try
        {
            await task.WaitAsync(limit, _time, hurry);
        }
        catch (Exception exception) when (exception is TimeoutException || (exception is OperationCanceledException && hurry.IsCancellationRequested))
        {
            // The caller goes on without it.
        }
    }

    [LoggerMessage(LogLevel.Debug, "claimed {Step} of {Run}, execution {Epoch}")]
    private static partial void LogClaimed(ILogger log, string run, string step, long epoch);
}
