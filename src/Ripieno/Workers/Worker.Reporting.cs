using Microsoft.Extensions.Logging;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>One slot: executes a step, and reports what became of it until the store has taken it.</summary>
internal sealed partial class Worker
{
    private async Task RunSlotAsync(Slot slot)
    {
        using var activity = RipienoActivity.Source.StartActivity("step");
        activity?.SetTag("ripieno.run", slot.Step.Lease.RunId);
        activity?.SetTag("ripieno.step", slot.Step.Key);
        StepReport? report = null;
        ClaimedStep? next = null;
        var end = StepEnd.HandedBack;
        try
        {
            slot.Activity.OnSwitch = change => LogSwitched(_log, slot.Step.Lease.RunId, slot.Step.Key, change.ToString());
            report = await _execution.ExecuteAsync(slot);
            using var reporting = RipienoActivity.Source.StartActivity("step.report");
            slot.Activity.Show("recording");
            (end, next) = await ReportAsync(slot, report);
            _ends.Reported(slot.Step);
        }
        finally
        {
            // Before the slot is empty: what follows has its place, and nobody else takes it.
            if (next is not null)
                Follow(next);
            _slots.TryRemove(slot.Step.Lease, out _);
            Interlocked.Increment(ref _stepsDone);
            _tally.Ended(report switch { StepReport.Completed => true, StepReport.Failed => false, _ => null }, slot.Activity.Elapsed);
            _meter.StepEnded(end, slot.Workflow, slot.Activity.Elapsed);
            slot.Dispose();
            _slotFreed.Release();
        }
    }

    /// <summary>A finished piece of work is reported until the store takes it, the step is lost, or the worker stops.</summary>
    /// <returns>How the execution has ended, and what follows at once; what could not be reported is handed back by the end of the registration.</returns>
    private async Task<(StepEnd End, ClaimedStep? Next)> ReportAsync(Slot slot, StepReport report)
    {
        // The same with each repeat, which is given what the first was.
        var wish = WishAfter(slot, report);
        while (!_stopReporting.IsCancellationRequested)
        {
            try
            {
                var (outcome, next) = await SendAsync(slot.Step.Lease, report, wish);
                _outage.End(slot);
                LogReported(_log, slot.Step.Lease.RunId, slot.Step.Key, Describe(report), slot.Activity.Elapsed.TotalSeconds, Describe(outcome));
                return (EndOf(report, outcome), next);
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                _outage.Begin(slot, exception);
                if (slot.Reason == AbortReason.LeaseLost)
                {
                    _outage.End(slot);
                    return (StepEnd.Lost, null);
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
                return (StepEnd.HandedBack, null);
            }
        }

        return (StepEnd.HandedBack, null);
    }

    /// <summary>What could go on in the place of a step that is reported; null when nothing more is to begin here, or what follows is for a claim to decide.</summary>
    private FollowUpRequest? WishAfter(Slot slot, StepReport report)
    {
        if (!_store.FollowsUp || report is not StepReport.Completed { Completion.Expansion: null } || slot.Step.Alone || _claimLost || _stopClaiming.IsCancellationRequested)
            return null;
        // Of a class that is bounded only in the place of one of its own, which counts until the next one does: what claims and other reports are asking for at this moment is not known here.
        var classes = _options.Runs.Of(slot.Step.Lease.RunId, _pinned.AllClasses).Where(one => one == slot.Step.Class || !_options.Bounds.ContainsKey(one)).ToList();
        return classes.Count == 0 ? null : new(_instance.Incarnation, classes);
    }

    private void Follow(ClaimedStep next)
    {
        var slot = Begin(next);
        // It was asked for before the caller took the run out of the selection, and handed back what was executing of it.
        if (_options.Runs.Of(next.Lease.RunId, _pinned.AllClasses).Count == 0)
            slot.Abort(AbortReason.Stopping);
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

    private async Task<CompletionReply> SendAsync(StepLease lease, StepReport report, FollowUpRequest? next) => report switch
    {
        StepReport.Completed completed when next is not null => await _store.CompleteAsync(lease, completed.Completion, next, CancellationToken.None),
        StepReport.Completed completed => new(await _store.CompleteAsync(lease, completed.Completion, CancellationToken.None), null),
        StepReport.Failed failed => new(await _store.FailAsync(lease, failed.Failure, CancellationToken.None), null),
        StepReport.Parked parked => new(await _store.ParkAsync(lease, parked.Until, parked.Reason, CancellationToken.None), null),
        StepReport.Released => new(await _store.ReleaseAsync(lease, CancellationToken.None), null),
        _ => new(ReportOutcome.LeaseLost, null),
    };

    private static string Describe(StepReport report) => report switch
    {
        StepReport.Completed => "completed",
        StepReport.Failed { Failure.RetryAt: null } failed => $"failed: {failed.Failure.Reason}",
        StepReport.Failed failed => $"failed, will be tried again: {failed.Failure.Reason}",
        StepReport.Parked parked => $"parked: {parked.Reason}",
        StepReport.Released => "handed back",
        _ => "dropped",
    };

    private static string Describe(ReportOutcome outcome) => outcome switch
    {
        ReportOutcome.Recorded => "",
        ReportOutcome.LeaseLost => "; not recorded: the lease was lost",
        _ => "; not recorded: the run was cancelled meanwhile",
    };

    [LoggerMessage(LogLevel.Information, "{Step} of {Run} {Report} after {Seconds:0.00} s{Outcome}")]
    private static partial void LogReported(ILogger log, string run, string step, string report, double seconds, string outcome);

    [LoggerMessage(LogLevel.Warning, "the store refused the report of {Step} of {Run}: {Reason}")]
    private static partial void LogRefused(ILogger log, string run, string step, string reason);

    [LoggerMessage(LogLevel.Warning, "{Step} of {Run} asks another model: {Change}")]
    private static partial void LogSwitched(ILogger log, string run, string step, string change);
}
