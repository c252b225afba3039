using System.Text.Json;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Custom;

/// <summary>What people decided in a run, where a rejection is a value like any other: such a step has succeeded, and only its result tells.</summary>
internal static class ApprovalDecisions
{
    private static readonly IReadOnlyDictionary<int, ApprovalDecision> None = new Dictionary<int, ApprovalDecision>();

    /// <param name="store">Where the run is.</param>
    /// <param name="runId">The run.</param>
    /// <param name="workflow">Its workflow.</param>
    /// <param name="steps">All of the run, in the order added.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>By the index of the approval's step.</returns>
    public static async Task<IReadOnlyDictionary<int, ApprovalDecision>> ReadAsync(
        IStore store, string runId, WorkflowDefinition workflow, IReadOnlyList<StepRecord> steps, CancellationToken cancellation)
    {
        if (!workflow.Steps.Any(step => step.Work?.Approval is { RejectedGoesOn: true }))
            return None;
        var decisions = new Dictionary<int, ApprovalDecision>();
        foreach (var unit in WorkUnit.Of(workflow, steps).Where(unit => unit is { IsApproval: true, IsLeftOut: false, Step.Result: not null }))
        {
            if (await store.FindResultAsync(runId, unit.Step.Index, cancellation) is { } result && StepOutcome.Read(result).Value is { } value
                && value.Deserialize(CustomJson.Default.ApprovalDecision) is { } decision)
            {
                decisions.Add(unit.Step.Index, decision);
            }
        }

        return decisions;
    }
}
