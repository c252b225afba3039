using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Agents.Custom;
using Ripieno.Callbacks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Coordination;

/// <summary>
/// Decides approval steps. Such a step is ready and stays so, because no worker asks for its class: it costs no slot while people think. Whoever decides claims it for a moment, as an instance of its
/// own, so two people cannot decide it twice and a decision is recorded like any work: with its result, what follows from it, and the fence of the epoch.
/// </summary>
internal sealed class Approvals(IStore store, TimeProvider time)
{
    /// <summary>Longer than a decision takes, short enough for the next who decides when this process dies in the middle of it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Somebody else may hold the step for a moment, or the store may show it late.</summary>
    private const int Tries = 10;

    /// <summary>Approvals of one run that are looked at together.</summary>
    private const int Most = 1000;

    /// <summary>What a run asks now, in the order in which it was asked.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<IReadOnlyList<PendingApproval>> ListAsync(string runId, CancellationToken cancellation)
    {
        var workflow = await WorkflowAsync(runId, cancellation);
        var pending = new List<PendingApproval>();
        foreach (var step in await store.AllStepsAsync(runId, cancellation))
        {
            if (workflow.Step(step.Definition).Executor == WorkflowComposer.Approval && step.Status is StepStatus.Ready or StepStatus.Running)
                pending.Add(new(runId, WorkUnit.GateOf(step.Key), await QuestionAsync(runId, step, cancellation)));
        }

        return pending;
    }

    /// <summary>Approves or rejects.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="gate">Key of the approval, as <see cref="PendingApproval.Step"/> has it.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotFoundException">No such run, or nothing in it that is to be approved has this key.</exception>
    /// <exception cref="ConflictException">It was decided before, or is not asked yet, or the run has ended.</exception>
    public async Task DecideAsync(string runId, string gate, ApprovalDecision decision, CancellationToken cancellation)
    {
        var workflow = await WorkflowAsync(runId, cancellation);
        var key = KeyOf(gate);
        var instance = ThisInstance.Describe($"approval-{Guid.NewGuid():n}", 0, time);
        await store.RegisterInstanceAsync(instance, Lease, cancellation);
        try
        {
            for (var tries = 1; ; tries++)
            {
                var definition = await CheckAsync(runId, gate, workflow, cancellation);
                if (await ClaimAsync(instance, runId, key, definition.Class, cancellation) is { } lease)
                {
                    await RecordAsync(lease, key, definition.Work!.Approval!, decision);
                    await EndTimerAsync(runId, gate, cancellation);
                    // It may have been the last that the run waited for, and no worker had a part in it.
                    await new CallbackRuns(store, time).WakeIfEndedAsync(runId, cancellation);
                    return;
                }

                if (tries == Tries)
                    throw new ConflictException($"'{gate}' of run '{runId}' is being decided by somebody else just now. Look again: ripieno approve {runId}");
                await Task.Delay(Pause, time, cancellation);
            }
        }
        finally
        {
            await store.EndInstanceAsync(instance.Incarnation, InstanceEnd.Stopped, CancellationToken.None);
        }
    }

    private static string KeyOf(string gate) => $"{gate}/{WorkflowComposer.Approval}";

    private async Task<StepDefinition> CheckAsync(string runId, string gate, WorkflowDefinition workflow, CancellationToken cancellation)
    {
        var step = await store.FindStepAsync(runId, KeyOf(gate), cancellation);
        if (step is null || workflow.Step(step.Definition) is not { Executor: WorkflowComposer.Approval } definition)
        {
            var pending = await ListAsync(runId, cancellation);
            throw new NotFoundException($"Run '{runId}' asks for no approval '{gate}'; {(pending.Count == 0 ? "it asks for none now." : $"it asks for: {string.Join(", ", pending.Take(10).Select(one => one.Step))}")}");
        }

        return step.Status switch
        {
            StepStatus.Succeeded or StepStatus.Failed => throw new ConflictException($"'{gate}' of run '{runId}' was decided already. See: ripieno show {runId}"),
            _ when step.Status.IsTerminal => throw new ConflictException($"'{gate}' of run '{runId}' is {step.Status.ToString().ToLowerInvariant()}: there is nothing to decide any more."),
            _ => definition,
        };
    }

    /// <summary>Others that came along are handed back at once.</summary>
    private async Task<StepLease?> ClaimAsync(InstanceRecord instance, string runId, string key, StepClass stepClass, CancellationToken cancellation)
    {
        var request = new ClaimRequest { Incarnation = instance.Incarnation, Classes = [new(stepClass, Most)], Count = Most, Lease = Lease, RunId = runId };
        var claimed = await store.ClaimAsync(request, cancellation);
        foreach (var other in claimed.Where(step => step.Key != key))
            await store.ReleaseAsync(other.Lease, CancellationToken.None);
        return claimed.FirstOrDefault(step => step.Key == key)?.Lease;
    }

    private async Task RecordAsync(StepLease lease, string key, StepApproval approval, ApprovalDecision decision)
    {
        if (!decision.Approved && !approval.RejectedGoesOn)
        {
            await store.FailAsync(lease, new($"Rejected by {decision.By}{(decision.Note.Length > 0 ? ": " + decision.Note : ".")}", null, default), CancellationToken.None);
            return;
        }

        var value = JsonSerializer.SerializeToElement(decision, CustomJson.Default.ApprovalDecision);
        await store.CompleteAsync(lease, new() { Result = new StepOutcome { Value = value }.Write(), Accepts = key }, CancellationToken.None);
    }

    /// <summary>Without it the timer would look in a few minutes, and what comes after the approval wait so long.</summary>
    private async Task EndTimerAsync(string runId, string gate, CancellationToken cancellation)
    {
        if (await store.FindStepAsync(runId, $"{gate}/{WorkflowComposer.ApprovalTimer}", cancellation) is { Status: StepStatus.Waiting } timer)
            await store.WakeAsync(runId, timer.Index, cancellation);
    }

    private async Task<string> QuestionAsync(string runId, StepRecord step, CancellationToken cancellation) =>
        step.Input is { } input ? StepInput.Read(await store.ContentAsync(runId, input, cancellation)).Question ?? "" : "";

    private async Task<WorkflowDefinition> WorkflowAsync(string runId, CancellationToken cancellation)
    {
        var run = await store.FindRunAsync(runId, cancellation) ?? throw new NotFoundException($"There is no run '{runId}' in {store.Description.Location}. See: ripieno runs");
        var snapshot = await store.FindSnapshotAsync(run.SnapshotHash, cancellation) ?? throw new StoreDamagedException($"The snapshot of run {runId} is missing");
        return RunSnapshots.Read(snapshot).Workflow;
    }
}

/// <summary>Something that a run waits for people to approve.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">Key of the approval.</param>
/// <param name="Question">What is asked; empty = nothing more than its name says.</param>
internal sealed record PendingApproval(string Run, string Step, string Question);
