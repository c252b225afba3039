using System.Runtime.CompilerServices;
using Ripieno.Agents;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Callbacks;

/// <summary>The runs that tell of other runs: made before these are accepted or reopened, woken at their end, and looked at.</summary>
internal sealed class CallbackRuns(IStore store, TimeProvider time)
{
    /// <summary>A step that is just being looked at cannot be woken, and will be parked in a moment.</summary>
    private const int Tries = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes the callbacks of a run that is about to be accepted. Repeatable.</summary>
    /// <exception cref="ConflictException">Somebody else is just submitting a run with this id and other callbacks, or one of an earlier run with this id is still being delivered.</exception>
    public async Task AcceptAsync(RunSubmission run, IReadOnlyList<CallbackOrder> orders, CancellationToken cancellation)
    {
        for (var number = 1; number <= orders.Count; number++)
        {
            var id = CallbackWorkflow.IdOf(run.Id, number);
            await MakeRoomAsync(id, run.Id, cancellation);
            await SubmitAsync(id, Subject.Of(run), orders[number - 1], after: null, cancellation);
        }
    }

    /// <summary>The run has been accepted: those that had just given up waiting for it are made anew.</summary>
    public async Task ConfirmAsync(RunSubmission run, IReadOnlyList<CallbackOrder> orders, CancellationToken cancellation)
    {
        for (var number = 1; number <= orders.Count; number++)
        {
            var id = CallbackWorkflow.IdOf(run.Id, number);
            if (await store.FindStepAsync(id, CallbackWorkflow.Wait, cancellation) is not { Status: StepStatus.Failed })
                continue;
            await store.DeleteRunsAsync([id], cancellation);
            await SubmitAsync(id, Subject.Of(run), orders[number - 1], after: null, cancellation);
        }
    }

    /// <summary>Makes the callbacks of the next end of a run that is about to be reopened. Repeatable.</summary>
    public async Task RearmAsync(RunRecord run, CancellationToken cancellation)
    {
        if (run.Status != RunStatus.Failed || await OrdersAsync(run, cancellation) is not { Count: > 0 } orders)
            return;
        // Those that have not seen this end would tell of the next, which is told anyway. Without a worker nobody sees it, so not for long.
        for (var tries = 0; tries < Tries && await IsUntoldAsync(run.Id, orders.Count, cancellation); tries++)
            await Task.Delay(Pause, time, cancellation);
        var subject = new Subject(run.Id, run.SnapshotHash, run.Tenant, run.Priority);
        for (var number = 1; number <= orders.Count; number++)
        {
            if (await NextAsync(run, number, cancellation) is { } id)
                await SubmitAsync(id, subject, orders[number - 1], run.FinishedAt, cancellation);
        }
    }

    /// <summary>Wakes the callbacks of a run if it has ended. Nothing is lost without it; it is for speed.</summary>
    public async Task WakeIfEndedAsync(string runId, CancellationToken cancellation)
    {
        if (await store.FindRunAsync(runId, cancellation) is not { Status: not RunStatus.Running } run || await OrdersAsync(run, cancellation) is not { Count: > 0 } orders)
            return;
        for (var tries = 0; tries < Tries && !await TryWakeAsync(runId, orders.Count, cancellation); tries++)
            await Task.Delay(Pause, time, cancellation);
    }

    /// <summary>Wakes those that wait.</summary>
    /// <param name="runId">A run that has ended.</param>
    /// <param name="count">How many callbacks it has.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>False when one of them is just looking, and must be woken again.</returns>
    public async Task<bool> TryWakeAsync(string runId, int count, CancellationToken cancellation)
    {
        var isDone = true;
        await foreach (var (id, wait) in WaitsAsync(runId, count, cancellation))
        {
            if (wait.Status == StepStatus.Waiting)
                await store.WakeAsync(id, wait.Index, cancellation);
            else if (wait.Status == StepStatus.Running)
                isDone = false;
        }

        return isDone;
    }

    /// <summary>Whether a run has callbacks that have not seen its end; those are woken.</summary>
    public async Task<bool> IsUntoldAsync(string runId, int count, CancellationToken cancellation)
    {
        await TryWakeAsync(runId, count, cancellation);
        await foreach (var (_, wait) in WaitsAsync(runId, count, cancellation))
        {
            if (!wait.Status.IsTerminal)
                return true;
        }

        return false;
    }

    /// <summary>Wakes all callbacks whose runs have ended: what a process that was killed had no more time for.</summary>
    /// <param name="most">Open runs that are looked through.</param>
    /// <param name="cancellation">Ends the search.</param>
    public async Task SweepAsync(int most, CancellationToken cancellation)
    {
        const int Page = 500;
        string? last = null;
        for (var seen = 0; seen < most; seen += Page)
        {
            var page = await store.ListRunsAsync(RunStatus.Running, last, Page, cancellation);
            foreach (var callback in page.Where(run => run.Workflow == CallbackWorkflow.Name))
            {
                if (await store.FindStepAsync(callback.Id, CallbackWorkflow.Wait, cancellation) is { Status: StepStatus.Waiting, Input: { } hash } wait
                    && await store.FindContentAsync(callback.Id, hash, cancellation) is { } stored
                    && await store.FindRunAsync(CallbackInput.Read(stored).Run, cancellation) is { Status: not RunStatus.Running })
                {
                    await store.WakeAsync(callback.Id, wait.Index, cancellation);
                }
            }

            if (page.Count < Page)
                return;
            last = page[^1].Id;
        }
    }

    /// <summary>How the callbacks of a run stand, in the order asked for.</summary>
    public async Task<IReadOnlyList<CallbackState>> ListAsync(RunRecord run, CancellationToken cancellation)
    {
        var states = new List<CallbackState>();
        if (await OrdersAsync(run, cancellation) is not { Count: > 0 } orders)
            return states;
        for (var number = 1; number <= orders.Count; number++)
        {
            for (var end = 1; await store.FindStepAsync(CallbackWorkflow.IdOf(run.Id, number, end), CallbackWorkflow.Wait, cancellation) is { } wait; end++)
                states.Add(await StateAsync(orders[number - 1], CallbackWorkflow.IdOf(run.Id, number, end), wait, cancellation));
        }

        return states;
    }

    private async Task<CallbackState> StateAsync(CallbackOrder order, string id, StepRecord wait, CancellationToken cancellation)
    {
        CallbackState State(CallbackStatus status, string? detail, StepRecord? deliver = null, DateTimeOffset? at = null) =>
            new(order.Text, id, status, detail, (deliver?.FailedAttempts ?? 0) + (status == CallbackStatus.Delivered ? 1 : 0), at);

        if (wait.Status is StepStatus.Failed or StepStatus.DeadLettered)
            return State(CallbackStatus.Failed, wait.Reason, at: wait.FinishedAt);
        if (!wait.Status.IsTerminal)
            return State(CallbackStatus.Waiting, null);
        if (await store.FindStepAsync(id, CallbackWorkflow.Deliver, cancellation) is not { } deliver)
            return State(CallbackStatus.Cancelled, null);
        switch (deliver.Status)
        {
            case StepStatus.Succeeded:
                var receipt = CallbackReceipt.Read(await store.FindResultAsync(id, deliver.Index, cancellation) ?? new CallbackReceipt(How: null).Write());
                return receipt.How is null ? State(CallbackStatus.Dropped, null, at: deliver.FinishedAt) : State(CallbackStatus.Delivered, receipt.How, deliver, deliver.FinishedAt);
            case StepStatus.Failed or StepStatus.DeadLettered:
                return State(CallbackStatus.Failed, deliver.Reason, deliver, deliver.FinishedAt);
            case StepStatus.Cancelled or StepStatus.Skipped:
                return State(CallbackStatus.Cancelled, null, deliver, deliver.FinishedAt);
            case StepStatus.Ready:
                return State(CallbackStatus.Delivering, $"for a worker that has the callback '{order.Name}'", deliver);
            default:
                return State(CallbackStatus.Delivering, deliver.Status == StepStatus.Waiting ? deliver.Reason : null, deliver, deliver.Status == StepStatus.Waiting ? deliver.DueAt : null);
        }
    }

    /// <summary>A run with this id was there before and has been deleted since: what told of it makes room.</summary>
    private async Task MakeRoomAsync(string id, string runId, CancellationToken cancellation)
    {
        if (await store.FindRunAsync(id, cancellation) is not { } old)
            return;
        if (old.Status != RunStatus.Running)
            await store.DeleteRunsAsync([id], cancellation);
        else if (await store.FindStepAsync(id, CallbackWorkflow.Wait, cancellation) is { Status: StepStatus.Succeeded })
            throw new ConflictException($"The callback {id} of an earlier run '{runId}' is still being delivered. Wait for it, or end it: ripieno cancel {id}");
    }

    /// <summary>Id of the callback of the next end; null when it is there already.</summary>
    private async Task<string?> NextAsync(RunRecord run, int number, CancellationToken cancellation)
    {
        for (var end = 2; ; end++)
        {
            var id = CallbackWorkflow.IdOf(run.Id, number, end);
            if (await store.FindStepAsync(id, CallbackWorkflow.Wait, cancellation) is not { } wait)
                return id;
            var isThis = wait.Input is { } hash && CallbackInput.Read(await store.ContentAsync(id, hash, cancellation)).After == run.FinishedAt;
            if (isThis && !wait.Status.IsTerminal)
                return null;
        }
    }

    private async Task SubmitAsync(string id, Subject run, CallbackOrder order, DateTimeOffset? after, CancellationToken cancellation)
    {
        var input = new CallbackInput(run.Id, run.Snapshot.ToString(), order.Name, order.Address, after);
        try
        {
            await store.SubmitAsync(
                new()
                {
                    Id = id,
                    Fingerprint = ContentHash.Of(input.Write()),
                    Title = $"callback {order.Text} of {run.Id}",
                    Workflow = CallbackWorkflow.Name,
                    Tenant = run.Tenant,
                    TenantWeight = run.TenantWeight,
                    // What is waited for elsewhere should not stand in line behind what the run itself stood behind.
                    Priority = run.Priority + 1,
                    MaxSteps = CallbackWorkflow.Snapshot.Workflow.MaxSteps,
                    Snapshot = RunSnapshots.Write(CallbackWorkflow.Snapshot),
                    Input = input.Write(),
                    Steps = [.. CallbackWorkflow.Steps(input)],
                },
                cancellation);
        }
        catch (ConflictException)
        {
            throw new ConflictException($"Somebody else has just submitted a run '{run.Id}' with other callbacks or settings. Take another --id, or none.");
        }
    }

    private async IAsyncEnumerable<(string Id, StepRecord Wait)> WaitsAsync(
        string runId, int count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var number = 1; number <= count; number++)
        {
            for (var end = 1; ; end++)
            {
                var id = CallbackWorkflow.IdOf(runId, number, end);
                if (await store.FindStepAsync(id, CallbackWorkflow.Wait, cancellation) is not { } wait)
                    break;
                yield return (id, wait);
            }
        }
    }

    private async Task<IReadOnlyList<CallbackOrder>> OrdersAsync(RunRecord run, CancellationToken cancellation) =>
        await store.FindSnapshotAsync(run.SnapshotHash, cancellation) is { } snapshot ? RunSnapshots.Read(snapshot).Callbacks : [];

    /// <summary>What is told of, as far as its callbacks take after it.</summary>
    private sealed record Subject(string Id, ContentHash Snapshot, string Tenant, int Priority, int TenantWeight = 1)
    {
        public static Subject Of(RunSubmission run) => new(run.Id, ContentHash.Of(run.Snapshot.Span), run.Tenant, run.Priority, run.TenantWeight);
    }
}
