using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Custom;

/// <summary>What the steps of a user's workflow have come to, as texts and programs see it.</summary>
internal sealed class RunResults(IStore store, string runId, WorkflowDefinition workflow)
{
    /// <summary>Results of a list read at once: one after the other would wait for the store each time.</summary>
    private const int Together = 32;

    /// <summary>The value of a step; of a list a list, of a group an object. Null when it has none: left out, failed, or not done yet.</summary>
    public async Task<JsonNode?> ValueAsync(StepDefinition definition, string key, CancellationToken cancellation)
    {
        var step = await store.FindStepAsync(runId, key, cancellation);
        // A list or a group of which a part failed still has what the others did.
        var isWhole = definition.Work is { ForEach: not null } or { IsGroup: true };
        if (step is null || step.Status != StepStatus.Succeeded && !(isWhole && step.Status == StepStatus.Failed) || await OutcomeAsync(step, cancellation) is not { Skipped: false } outcome)
            return null;
        if (definition.Work is { ForEach: not null, Body: { } body })
            return await ListAsync(workflow.Step(body), key, outcome, cancellation);
        // An approval is a group whose decision stands for it.
        if (definition.Work is not { IsGroup: true } || step.Accepted is not null)
            return outcome.Value is { } value ? JsonNode.Parse(value.GetRawText(), documentOptions: RunValues.Deep) : null;
        var members = new JsonObject();
        foreach (var member in workflow.StepsIn(definition.Name))
            members[member.Id] = await ValueAsync(member, $"{key}/{member.Id}", cancellation);
        return members;
    }

    private async Task<JsonArray> ListAsync(StepDefinition body, string key, StepOutcome outcome, CancellationToken cancellation)
    {
        var keys = outcome.Value?.Deserialize(WorkflowJson.Default.ItemKeys)?.Items ?? [];
        var list = new JsonArray();
        foreach (var chunk in keys.Chunk(Together))
        {
            foreach (var value in await Task.WhenAll(chunk.Select(item => ValueAsync(body, $"{key}/{item}", cancellation))))
                list.Add(value);
        }

        return list;
    }

    private async Task<StepOutcome?> OutcomeAsync(StepRecord step, CancellationToken cancellation) =>
        await store.FindResultAsync(runId, step.Accepted ?? step.Index, cancellation) is { } stored ? StepOutcome.Read(stored) : null;
}
