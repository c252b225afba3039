using Microsoft.Extensions.Logging;
using Ripieno.Cluster;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>The pulse: keeps the lease alive, notices what was lost or cancelled, and looks after neighbours.</summary>
internal sealed partial class Worker
{
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
                await BuryDeadAsync(stop);
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
        // A little less than the lease, which the store counts from a moment before its answer.
        if (Silence >= _options.Lease.Duration * 0.75)
            _wasSilent = true;
        if (Silence >= _options.Lease.Duration / 2)
            Volatile.Write(ref _woke, _time.GetTimestamp());
        Volatile.Write(ref _renewed, _time.GetTimestamp());
        Volatile.Write(ref _renewedAt, _time.GetUtcNow().Ticks);
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

    /// <summary>For how long nothing was renewed. By both clocks: one stands still while the machine sleeps, the other may be set.</summary>
    private TimeSpan Silence
    {
        get
        {
            var (passed, byWall) = (_time.GetElapsedTime(Volatile.Read(ref _renewed)), TimeSpan.FromTicks(_time.GetUtcNow().Ticks - Volatile.Read(ref _renewedAt)));
            return passed > byWall ? passed : byWall;
        }
    }

    /// <summary>What made this one silent (the store stood still, the machine slept) may have made others so: they get the time of a renewal before they are taken for lost.</summary>
    private bool SparesSilent => Silence >= _options.Lease.Duration / 2 || (Volatile.Read(ref _woke) is not 0 and var woke && _time.GetElapsedTime(woke) < _options.Lease.Duration / 2);

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

    /// <summary>Looks what there is to take besides. A loop of its own: it reads more than a heartbeat may wait for.</summary>
    private async Task LookAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await PauseAsync(Pulse, stop);
            await TryAsync(LookOnceAsync, nameof(LookAsync), stop);
        }

        async Task LookOnceAsync()
        {
            await LookAroundAsync(stop);
            _outage.End(nameof(LookAsync));
        }
    }

    /// <summary>What there is to take that is not any worker's: of runs of certain names, of instances that are gone.</summary>
    private async Task LookAroundAsync(CancellationToken cancellation)
    {
        if (_options.Runs.Patterns is { } patterns)
            _options.Runs.Set(await patterns.FindAsync(_store, cancellation));
        if (_options.Runs.IsAny || _options.Runs.Patterns is not null)
            await _pinned.LookAsync(_others, cancellation);
    }

    private async Task BuryDeadAsync(CancellationToken cancellation)
    {
        (_others, var dead) = await DeadInstances.EndAsync(_store, _instance.Incarnation, cancellation);
        foreach (var (other, steps) in dead)
        {
            LogBuried(_log, other.Id, other.Pid, steps);
            _lost.Add(other, steps);
            if (_options.Runs.IsAny)
                _ends.Sweep();
        }
    }

    private WorkerReading Reading() => new(_options.Slots, _slots.Count, ActiveRuns, Readiness == Readiness.Ready, _tally.Recent().SuccessRate);

    private int ActiveRuns => _slots.Keys.Select(lease => lease.RunId).Distinct(StringComparer.Ordinal).Count();

    private InstanceReport Describe(InstanceFacts facts, DateTimeOffset started, ProcessMeter meter) => new()
    {
        Role = facts.Role,
        StartedAt = started,
        Configuration = facts.Configuration,
        Classes = [.. _options.Classes.Select(one => one.ToString())],
        Runs = _options.Runs.Names,
        Draining = _stopClaiming.IsCancellationRequested,
        Busy = _slots.Count,
        ActiveRuns = ActiveRuns,
        Recent = _tally.Recent(),
        Process = meter.Look(),
        Trouble = _outage.Text,
        Limits = facts.Limits,
        Lost = _lost.Recent(),
    };

    [LoggerMessage(LogLevel.Warning, "{Step} of {Run} is aborted: {Reason}")]
    private static partial void LogAborted(ILogger log, string run, string step, AbortReason reason);

    [LoggerMessage(LogLevel.Warning, "{Calls} model calls are aborted: this instance was silent for longer than its lease, and their places at the endpoint were given to others")]
    private static partial void LogLapsed(ILogger log, int calls);

    [LoggerMessage(LogLevel.Warning, "instance {Instance} (pid {Pid}) is dead; {Steps} steps of it are ready again")]
    private static partial void LogBuried(ILogger log, string instance, int pid, int steps);
}
