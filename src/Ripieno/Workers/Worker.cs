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
    private long _renewed;
    private DateTimeOffset _renewedAt;
    private bool _wasSilent;
    private long _callsAborted;
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

    /// <summary>What it has done of late.</summary>
    public WorkTally Tally => _tally;

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
        var others = await BuryDeadAsync(cancellation);
        await _store.RegisterInstanceAsync(_instance, _options.Lease.Duration, cancellation);
        await LookAroundAsync(others, cancellation);
        (_renewed, _renewedAt) = (_time.GetTimestamp(), _time.GetUtcNow());
        _started = true;
        _claiming = Task.Run(() => ClaimAsync(_stopClaiming.Token), CancellationToken.None);
        _beating = Task.Run(() => BeatAsync(_stopBeating.Token), CancellationToken.None);
        _watching = Task.Run(() => _ends.WatchAsync(_stopBeating.Token), CancellationToken.None);
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
        await WithinAsync(Task.WhenAll(_beating, _watching, _telling, telling), AbortPatience, CancellationToken.None);
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

    /// <summary>Until nothing is in flight: neither a claim, which may bring steps yet, nor a step.</summary>
    private async Task EndedAsync()
    {
        await _claiming;
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
        var claimLost = false;
        while (!stop.IsCancellationRequested)
        {
            _claimTurns.Turn();
            try
            {
                var free = _options.Slots - _slots.Count;
                if (claimLost ? !_slots.IsEmpty : free == 0)
                {
                    _claimTurns.Rest();
                    await _slotFreed.WaitAsync(stop);
                    continue;
                }

                if (claimLost)
                {
                    // The store may count steps as executing here of which nobody here knows, and each heartbeat would keep them so.
                    await RegisterAgainAsync(() => _store.EndInstanceAsync(_instance.Incarnation, InstanceEnd.Stopped, stop), stop);
                    claimLost = false;
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
                claimLost = true;
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
            if (!_slots.IsEmpty && _time.GetElapsedTime(Volatile.Read(ref _renewed)) >= _options.Lease.Duration / 2)
                await RenewAsync(stop);
            var left = free;
            foreach (var (runId, classes) in _options.Runs.Next([.. _options.Classes, .. _pinned.Classes]))
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

    private void Begin(ClaimedStep step)
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
    }

    private async Task RunSlotAsync(Slot slot)
    {
        using var activity = RipienoActivity.Source.StartActivity("step");
        activity?.SetTag("ripieno.run", slot.Step.Lease.RunId);
        activity?.SetTag("ripieno.step", slot.Step.Key);
        StepReport? report = null;
        var end = StepEnd.HandedBack;
        try
        {
            slot.Activity.OnSwitch = change => LogSwitched(_log, slot.Step.Lease.RunId, slot.Step.Key, change.ToString());
            report = await _execution.ExecuteAsync(slot);
            using var reporting = RipienoActivity.Source.StartActivity("step.report");
            slot.Activity.Show("recording");
            end = await ReportAsync(slot, report);
            _ends.Reported(slot.Step);
        }
        finally
        {
            _slots.TryRemove(slot.Step.Lease, out _);
            Interlocked.Increment(ref _stepsDone);
            _tally.Ended(report switch { StepReport.Completed => true, StepReport.Failed => false, _ => null }, slot.Activity.Elapsed);
            _meter.StepEnded(end, slot.Workflow, slot.Activity.Elapsed);
            slot.Dispose();
            _slotFreed.Release();
        }
    }

    /// <summary>A finished piece of work is reported until the store takes it, the step is lost, or the worker stops.</summary>
    /// <returns>How the execution has ended; what could not be reported is handed back by the end of the registration.</returns>
    private async Task<StepEnd> ReportAsync(Slot slot, StepReport report)
    {
        while (!_stopReporting.IsCancellationRequested)
        {
            try
            {
                var outcome = await SendAsync(slot.Step.Lease, report);
                _outage.End(slot);
                LogReported(_log, slot.Step.Lease.RunId, slot.Step.Key, Describe(report), outcome, slot.Activity.Elapsed.TotalSeconds);
                return EndOf(report, outcome);
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                _outage.Begin(slot, exception);
                if (slot.Reason == AbortReason.LeaseLost)
                {
                    _outage.End(slot);
                    return StepEnd.Lost;
                }

                await PauseAsync(Pulse, _stopReporting.Token);
            }
            catch (Exception refused) when (report is StepReport.Completed)
            {
                // The store will not take this result however often it is offered: that is the step's failure, and it says why.
                _outage.End(slot);
                report = new StepReport.Failed(new(StepExecution.Describe(refused), null, default));
            }
            catch (Exception refused)
            {
                _outage.End(slot);
                LogRefused(_log, slot.Step.Lease.RunId, slot.Step.Key, StepExecution.Describe(refused));
                return StepEnd.HandedBack;
            }
        }

        return StepEnd.HandedBack;
    }

    private StepEnd EndOf(StepReport report, ReportOutcome outcome)
    {
        if (report is StepReport.Dropped)
            return StepEnd.Lost;
        if (outcome == ReportOutcome.LeaseLost)
        {
            _meter.LeaseFenced();
            return StepEnd.Lost;
        }

        return report switch
        {
            _ when outcome == ReportOutcome.Discarded => StepEnd.Discarded,
            StepReport.Completed => StepEnd.Succeeded,
            StepReport.Failed { Failure.RetryAt: null } => StepEnd.Failed,
            StepReport.Failed => StepEnd.Retried,
            StepReport.Parked => StepEnd.Parked,
            _ => StepEnd.HandedBack,
        };
    }

    private Task<ReportOutcome> SendAsync(StepLease lease, StepReport report) => report switch
    {
        StepReport.Completed completed => _store.CompleteAsync(lease, completed.Completion, CancellationToken.None),
        StepReport.Failed failed => _store.FailAsync(lease, failed.Failure, CancellationToken.None),
        StepReport.Parked parked => _store.ParkAsync(lease, parked.Until, parked.Reason, CancellationToken.None),
        StepReport.Released => _store.ReleaseAsync(lease, CancellationToken.None),
        _ => Task.FromResult(ReportOutcome.LeaseLost),
    };

    private async Task BeatAsync(CancellationToken stop)
    {
        var last = _time.GetTimestamp();
        var seen = 0L;
        while (!stop.IsCancellationRequested)
        {
            _beatTurns.Turn();
            try
            {
                await Task.Delay(Pulse, _time, stop);
                await LookAroundAsync(await BuryDeadAsync(stop), stop);
                var change = await _store.WaitForChangeAsync(seen, TimeSpan.Zero, stop);
                // On time; and early when something changed, because that may be a cancellation of what is being executed here.
                if (_time.GetElapsedTime(last) >= _options.Lease.Heartbeat || (change != seen && !_slots.IsEmpty))
                {
                    await RenewAsync(stop);
                    last = _time.GetTimestamp();
                }

                seen = change;
                _outage.End(nameof(BeatAsync));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (NotFoundException)
            {
                await TryAsync(() => AnnounceAgainAsync(stop), nameof(BeatAsync), stop);
            }
            catch (Exception exception)
            {
                // Even a defect: without the pulse the lease would run out under steps that are being executed.
                _outage.Begin(nameof(BeatAsync), exception);
            }
        }
    }

    /// <summary>Takes back at once what nobody has claimed meanwhile.</summary>
    private Task AnnounceAgainAsync(CancellationToken stop) => RegisterAgainAsync(() => Task.CompletedTask, stop);

    private async Task RegisterAgainAsync(Func<Task> before, CancellationToken stop)
    {
        await _registration.WaitAsync(stop);
        try
        {
            await before();
            await _store.RegisterInstanceAsync(_instance, _options.Lease.Duration, stop);
            // Whoever ended the registration has freed its permits.
            _wasSilent = true;
            await RenewAsync(stop);
        }
        finally
        {
            _registration.Release();
        }
    }

    private async Task RenewAsync(CancellationToken stop)
    {
        var reply = await _store.RenewAsync(_instance.Incarnation, [.. _slots.Keys], _options.Lease.Duration, stop);
        // By both clocks: one stands still while the machine sleeps, the other may be set. A little less than the lease, which the store counts from a moment before its answer.
        var silence = _options.Lease.Duration * 0.75;
        if (_time.GetElapsedTime(Volatile.Read(ref _renewed)) >= silence || _time.GetUtcNow() - _renewedAt >= silence)
            _wasSilent = true;
        Volatile.Write(ref _renewed, _time.GetTimestamp());
        _renewedAt = _time.GetUtcNow();
        foreach (var lost in reply.Lost)
            Abort(lost, AbortReason.LeaseLost);
        foreach (var cancelled in reply.Cancelled)
            Abort(cancelled, AbortReason.RunCancelled);
        if (!_wasSilent)
            return;
        if (await _options.AfterSilence(stop) is var aborted && aborted > 0)
        {
            Interlocked.Add(ref _callsAborted, aborted);
            LogLapsed(_log, aborted);
        }

        _wasSilent = false;
    }

    private void Abort(StepLease lease, AbortReason reason)
    {
        if (_slots.TryGetValue(lease, out var slot))
        {
            if (reason == AbortReason.LeaseLost && slot.Reason != AbortReason.LeaseLost)
                _meter.LeaseExpired();
            LogAborted(_log, lease.RunId, slot.Step.Key, reason);
            slot.Abort(reason);
        }
    }

    /// <summary>What there is to take that is not any worker's: of runs of certain names, of instances that are gone.</summary>
    private async Task LookAroundAsync(IReadOnlyList<InstanceRecord> others, CancellationToken cancellation)
    {
        if (_options.Runs.Patterns is { } patterns)
            _options.Runs.Set(await patterns.FindAsync(_store, cancellation));
        if (_options.Runs.IsAny || _options.Runs.Patterns is not null)
            await _pinned.LookAsync(others, cancellation);
    }

    /// <returns>Who lives.</returns>
    private async Task<IReadOnlyList<InstanceRecord>> BuryDeadAsync(CancellationToken cancellation)
    {
        var (others, dead) = await DeadInstances.EndAsync(_store, _instance.Incarnation, cancellation);
        foreach (var (other, steps) in dead)
        {
            LogBuried(_log, other.Id, other.Pid, steps);
            if (_options.Runs.IsAny)
                _ends.Sweep();
        }

        return others;
    }

    private WorkerReading Reading() => new(_options.Slots, _slots.Count, ActiveRuns, Readiness == Readiness.Ready, _tally.Recent().SuccessRate);

    private int ActiveRuns => _slots.Keys.Select(lease => lease.RunId).Distinct(StringComparer.Ordinal).Count();

    private InstanceReport Describe(InstanceFacts facts, DateTimeOffset started, ProcessMeter meter) => new()
    {
        Role = facts.Role,
        StartedAt = started,
        Configuration = facts.Configuration,
        Classes = [.. _options.Classes.Select(one => one.ToString())],
        Runs = facts.Runs,
        Draining = _stopClaiming.IsCancellationRequested,
        Busy = _slots.Count,
        ActiveRuns = ActiveRuns,
        Recent = _tally.Recent(),
        Process = meter.Look(),
        Trouble = _outage.Text,
    };

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

    private static string Describe(StepReport report) => report switch
    {
        StepReport.Completed => "completed",
        StepReport.Failed { Failure.RetryAt: null } failed => $"failed: {failed.Failure.Reason}",
        StepReport.Failed failed => $"failed, will be tried again: {failed.Failure.Reason}",
        StepReport.Parked parked => $"parked: {parked.Reason}",
        StepReport.Released => "handed back",
        _ => "dropped",
    };

    [LoggerMessage(LogLevel.Debug, "claimed {Step} of {Run}, execution {Epoch}")]
    private static partial void LogClaimed(ILogger log, string run, string step, long epoch);

    [LoggerMessage(LogLevel.Information, "{Step} of {Run} {Report} ({Outcome}) after {Seconds:0.00} s")]
    private static partial void LogReported(ILogger log, string run, string step, string report, ReportOutcome outcome, double seconds);

    [LoggerMessage(LogLevel.Warning, "the store refused the report of {Step} of {Run}: {Reason}")]
    private static partial void LogRefused(ILogger log, string run, string step, string reason);

    [LoggerMessage(LogLevel.Warning, "{Step} of {Run} asks another model: {Change}")]
    private static partial void LogSwitched(ILogger log, string run, string step, string change);

    [LoggerMessage(LogLevel.Warning, "{Step} of {Run} is aborted: {Reason}")]
    private static partial void LogAborted(ILogger log, string run, string step, AbortReason reason);

    [LoggerMessage(LogLevel.Warning, "{Calls} model calls are aborted: this instance was silent for longer than its lease, and their places at the endpoint were given to others")]
    private static partial void LogLapsed(ILogger log, int calls);

    [LoggerMessage(LogLevel.Warning, "instance {Instance} (pid {Pid}) is dead; {Steps} steps of it are ready again")]
    private static partial void LogBuried(ILogger log, string instance, int pid, int steps);
}
