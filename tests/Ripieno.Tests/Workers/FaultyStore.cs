using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Tests.Workers;

/// <summary>How an operation goes wrong.</summary>
internal enum Fault
{
    None,

    /// <summary>Not executed, and says so.</summary>
    Unavailable,

    /// <summary>Not executed, and nobody can tell.</summary>
    LostBefore,

    /// <summary>Executed, and nobody can tell.</summary>
    LostAfter,

    /// <summary>Executed twice, as a repetition on the way would.</summary>
    Twice,

    /// <summary>Waits before it is executed and again before it answers, so that others overtake it both ways.</summary>
    Delayed,

    /// <summary>Throws what no store should.</summary>
    Crash,
}

/// <summary>A real store whose operations go wrong as planned. Counts which did.</summary>
/// <param name="real">Where operations go that are executed.</param>
/// <param name="plan">Fault of an operation, by its name and how many of that name came before.</param>
internal sealed class FaultyStore(IStore real, Func<string, int, Fault> plan) : IStore
{
    private readonly ConcurrentDictionary<string, int> _calls = [];
    private volatile bool _gone;
    private int _executing;

    public ConcurrentDictionary<(string Operation, Fault Fault), int> Fired { get; } = [];

    public Func<string, int, Fault> Plan { get; set; } = plan;

    /// <summary>Clock of <see cref="Fault.Delayed"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a <see cref="Fault.Delayed"/> operation waits, by its name and how many of that name came before.</summary>
    public Func<string, int, (TimeSpan Before, TimeSpan After)> Delay { get; set; } = (_, _) => default;

    /// <summary>Set = it hands out what follows a report, as a store may, although the real one does not; with this lease.</summary>
    public TimeSpan? FollowLease { get; init; }

    public bool FollowsUp => FollowLease is not null || real.FollowsUp;

    /// <summary>What was handed out so, by the lease that was reported.</summary>
    public ConcurrentDictionary<StepLease, ClaimedStep> Followed { get; } = [];

    /// <summary>Operations that the real store is executing now.</summary>
    public int Executing => Volatile.Read(ref _executing);

    public StoreDescription Description => real.Description;

    public int Calls(string operation) => _calls.GetValueOrDefault(operation);

    public Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation) => DoAsync(() => real.SubmitAsync(submission, cancellation));

    public Task<bool> CancelAsync(string runId, CancellationToken cancellation) => DoAsync(() => real.CancelAsync(runId, cancellation));

    public Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation) =>
        DoAsync(() => real.RetryAsync(runId, stepKeys, cancellation));

    public Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation) => DoAsync(() => real.ClaimAsync(request, cancellation));

    public Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation) =>
        DoAsync(() => real.CompleteAsync(lease, completion, cancellation));

    public Task<CompletionReply> CompleteAsync(StepLease lease, StepCompletion completion, FollowUpRequest next, CancellationToken cancellation) =>
        DoAsync(() => FollowLease is { } span ? FollowAsync(lease, completion, next, span) : real.CompleteAsync(lease, completion, next, cancellation));

    public Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation) => DoAsync(() => real.FailAsync(lease, failure, cancellation));

    public Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation) =>
        DoAsync(() => real.ParkAsync(lease, until, reason, cancellation));

    public Task WakeAsync(string runId, int stepIndex, CancellationToken cancellation) => real.WakeAsync(runId, stepIndex, cancellation);

    public Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation) => DoAsync(() => real.ReleaseAsync(lease, cancellation));

    public Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation) =>
        DoAsync(() => Answered(real.RegisterInstanceAsync(instance, lease, cancellation)));

    public Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation) =>
        DoAsync(() => real.RenewAsync(incarnation, leases, lease, cancellation));

    public Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation) =>
        DoAsync(() => real.EndInstanceAsync(incarnation, end, cancellation));

    public Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation) => DoAsync(() => real.ListInstancesAsync(cancellation));

    public Task<bool> ReportInstanceAsync(Guid incarnation, ReadOnlyMemory<byte> report, CancellationToken cancellation) => DoAsync(() => real.ReportInstanceAsync(incarnation, report, cancellation));

    public Task<InstanceRecord> RequestDrainAsync(string instanceId, CancellationToken cancellation) => DoAsync(() => real.RequestDrainAsync(instanceId, cancellation));

    public Task<IReadOnlyList<StoredReport>> ListReportsAsync(CancellationToken cancellation) => DoAsync(() => real.ListReportsAsync(cancellation));

    public Task AppendLogAsync(LogBatch batch, CancellationToken cancellation) => DoAsync(() => Answered(real.AppendLogAsync(batch, cancellation)));

    public Task<IReadOnlyList<StoredLogEntry>> ListLogAsync(string runId, long after, int count, CancellationToken cancellation) => DoAsync(() => real.ListLogAsync(runId, after, count, cancellation));

    public Task<long> NextTurnAsync(string sequence, CancellationToken cancellation) => DoAsync(() => real.NextTurnAsync(sequence, cancellation));

    public Task<IReadOnlyList<ClassBacklog>> ListBacklogAsync(CancellationToken cancellation) => DoAsync(() => real.ListBacklogAsync(cancellation));

    public Task<IReadOnlyList<StepClass>> ListPinnedAsync(CancellationToken cancellation) => DoAsync(() => real.ListPinnedAsync(cancellation));

    public Task<PermitReply> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation) => DoAsync(() => real.AcquirePermitAsync(request, cancellation));

    public Task ReleasePermitAsync(HeldPermit permit, int? tokens, CancellationToken cancellation) => DoAsync(() => Answered(real.ReleasePermitAsync(permit, tokens, cancellation)));

    public Task<IReadOnlyList<HeldPermit>> KeepPermitsAsync(Guid incarnation, IReadOnlyCollection<HeldPermit> permits, CancellationToken cancellation) =>
        DoAsync(() => real.KeepPermitsAsync(incarnation, permits, cancellation));

    public Task CoolLimitAsync(string limit, TimeSpan rest, string reason, CancellationToken cancellation) => DoAsync(() => Answered(real.CoolLimitAsync(limit, rest, reason, cancellation)));

    public Task<IReadOnlyList<Cooling>> ListCoolingsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellation) => DoAsync(() => real.ListCoolingsAsync(limits, cancellation));

    public Task<IReadOnlyList<LimitRecord>> ListLimitsAsync(CancellationToken cancellation) => real.ListLimitsAsync(cancellation);

    public Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation) => DoAsync(() => real.DeleteRunsAsync(runIds, cancellation));

    public Task<StoreClosing?> FindClosingAsync(CancellationToken cancellation) => real.FindClosingAsync(cancellation);

    public Task<StoreClosing> CloseAsync(string target, CancellationToken cancellation) => DoAsync(() => real.CloseAsync(target, cancellation));

    public Task<bool> ReopenAsync(CancellationToken cancellation) => DoAsync(() => real.ReopenAsync(cancellation));

    public IAsyncEnumerable<ImagePart> ReadImageAsync(string runId, CancellationToken cancellation) => real.ReadImageAsync(runId, cancellation);

    public Task WriteImageAsync(RunDraft draft, ImagePart part, CancellationToken cancellation) => DoAsync(async () =>
    {
        await real.WriteImageAsync(draft, part, cancellation);
        return true;
    });

    public Task<int> DropDraftsAsync(CancellationToken cancellation) => DoAsync(() => real.DropDraftsAsync(cancellation));

    public Task TakeHourlyAsync(string source, IReadOnlyList<HourlyFigures> figures, CancellationToken cancellation) => DoAsync(async () =>
    {
        await real.TakeHourlyAsync(source, figures, cancellation);
        return true;
    });

    public Task SettleAsync(CancellationToken cancellation) => real.SettleAsync(cancellation);

    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) => real.CheckAsync(cancellation);

    public Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation) =>
        real.ListFinishedAsync(status, before, count, cancellation);

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation) =>
        real.ListDeadLettersAsync(runId, count, cancellation);

    public Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) =>
        real.ListHourlyAsync(from, to, cancellation);

    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) => real.FindRunAsync(runId, cancellation);

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) =>
        real.ListRunsAsync(status, before, count, cancellation);

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => DoAsync(() => real.FindOverviewAsync(runId, cancellation));

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation) =>
        real.ListStepsAsync(runId, after, count, cancellation);

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) => real.FindStepAsync(runId, key, cancellation);

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        real.ListDependenciesAsync(runId, stepIndex, cancellation);

    public Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation) => real.FindResultAsync(runId, stepIndex, cancellation);

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) => real.FindContentAsync(runId, hash, cancellation);

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => DoAsync(() => real.FindSnapshotAsync(hash, cancellation));

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) =>
        real.ListArtifactsAsync(runId, stepIndex, cancellation);

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) =>
        real.ListEventsAsync(runId, after, count, cancellation);

    public Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation) => real.WaitForChangeAsync(seen, atMost, cancellation);

    /// <summary>The test owns the real store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>As when the process has ended: what has not reached the real store by now never does.</summary>
    public void Vanish() => _gone = true;

    private async Task<CompletionReply> FollowAsync(StepLease lease, StepCompletion completion, FollowUpRequest next, TimeSpan span)
    {
        var none = CancellationToken.None;
        var blocked = (await real.ListStepsAsync(lease.RunId, -1, 10_000, none)).Where(step => step.Status == StepStatus.Blocked).Select(step => step.Key).ToHashSet(StringComparer.Ordinal);
        var outcome = await real.CompleteAsync(lease, completion, none);
        if (outcome != ReportOutcome.Recorded)
            return new(outcome, null);
        if (Followed.TryGetValue(lease, out var given))
        {
            var now = await real.FindStepAsync(lease.RunId, given.Key, none);
            return new(outcome, now is { Status: StepStatus.Running } && now.Epoch == given.Lease.Epoch ? given : null);
        }

        try
        {
            var claimed = await real.ClaimAsync(
                new() { Incarnation = next.Incarnation, Classes = [.. next.Classes.Select(one => new ClassDemand(one, 1))], Count = 1, Lease = span, RunId = lease.RunId, SparesSilent = true }, none);
            if (claimed is not [var step])
                return new(outcome, null);
            // Only what this report has made ready: anything else may be executing here.
            if (blocked.Contains(step.Key) && !step.Alone)
                return new(outcome, Followed[lease] = step);
            await real.ReleaseAsync(step.Lease, none);
        }
        catch (NotFoundException)
        {
            // Not registered any more.
        }

        return new(outcome, null);
    }

    private async Task<T> DoAsync<T>(Func<Task<T>> operation, [CallerMemberName] string name = "")
    {
        var before = _calls.AddOrUpdate(name, 1, (_, count) => count + 1) - 1;
        var fault = Plan(name, before);
        if (fault != Fault.None)
            Fired.AddOrUpdate((name, fault), 1, (_, count) => count + 1);
        switch (fault)
        {
            case Fault.Unavailable:
                throw new StoreUnavailableException("the store is on holiday");
            case Fault.LostBefore:
                throw new OutcomeUnknownException("no answer");
            case Fault.Crash:
                throw new NotSupportedException("a defect");
            case Fault.LostAfter:
                await ExecuteAsync(operation);
                throw new OutcomeUnknownException("no answer");
            case Fault.Twice:
                await ExecuteAsync(operation);
                return await ExecuteAsync(operation);
            case Fault.Delayed:
                var delay = Delay(name, before);
                await Task.Delay(delay.Before, Time);
                var answer = await ExecuteAsync(operation);
                await Task.Delay(delay.After, Time);
                return answer;
            default:
                return await ExecuteAsync(operation);
        }
    }

    private async Task<T> ExecuteAsync<T>(Func<Task<T>> operation)
    {
        if (_gone)
            throw new StoreUnavailableException("the process has ended");
        Interlocked.Increment(ref _executing);
        try
        {
            return await operation();
        }
        finally
        {
            Interlocked.Decrement(ref _executing);
        }
    }

    private static async Task<bool> Answered(Task operation)
    {
        await operation;
        return true;
    }
}
