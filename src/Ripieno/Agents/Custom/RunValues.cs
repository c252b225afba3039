using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>The values that the texts of a step may mention; read from the run as far as they are mentioned.</summary>
internal sealed class RunValues(StepContext context, StepInput input)
{
    /// <summary>Results of a list read at once: one after the other would wait for the store each time.</summary>
    private const int Together = 32;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 72 };

    private readonly Dictionary<string, JsonElement?> _roots = new(StringComparer.Ordinal);

    public StepInput Input => input;

    /// <summary>Of a path that was loaded.</summary>
    public JsonElement? Of(ValuePath path) => path.In(_roots[path.Root]);

    public async Task LoadAsync(IEnumerable<ValuePath> paths, CancellationToken cancellation)
    {
        foreach (var root in paths.Select(path => path.Root).Distinct(StringComparer.Ordinal).Where(root => !_roots.ContainsKey(root)).ToList())
            _roots[root] = await RootAsync(root, cancellation);
    }

    /// <summary>Whether the step is wanted: its condition holds, and not all that it waits for was left out.</summary>
    public async Task<bool> AreWantedAsync(CancellationToken cancellation)
    {
        if (context.Definition.Work!.When is { } when)
        {
            var condition = ConditionParser.Parse(when);
            await LoadAsync(condition.Paths, cancellation);
            if (!condition.Holds(Of))
                return false;
        }

        if (context.Definition.DependsOn.IsEmpty || context.Definition.Trigger == Trigger.AllDone || input.Round > 1)
            return true;
        var before = await context.Store.ListDependenciesAsync(context.RunId, context.Step.Lease.StepIndex, cancellation);
        return before.Count == 0 || before.Any(dependency => dependency.Result != StepOutcome.SkippedHash);
    }

    private async Task<JsonElement?> RootAsync(string root, CancellationToken cancellation)
    {
        switch (root)
        {
            case WorkflowComposer.Item:
                return input.Item;
            case WorkflowComposer.Index:
                return input.Index > 0 ? Element(JsonValue.Create(input.Index)) : null;
            case WorkflowComposer.Input:
                var run = await context.Store.FindRunAsync(context.RunId, cancellation);
                return run?.InputHash is { } hash ? Parse(await context.Store.ContentAsync(context.RunId, hash, cancellation)) : null;
        }

        // The nearest step of that name: beside this one, or around it.
        var workflow = context.Snapshot.Workflow;
        var group = context.Definition.Work!.Parent;
        for (var level = input.Scopes.Length - 1; level >= 0; level--)
        {
            if (workflow.StepsIn(group).FirstOrDefault(step => step.Id == root) is { } named)
                return Element(await ValueAsync(named, input.Scopes[level] + root, cancellation));
            if (group is not null && workflow.Step(group).Id == WorkflowComposer.BodyOf(root))
                return await OuterItemAsync(input.Scopes[level][..^1], cancellation);
            group = group is null ? null : workflow.Step(group).Work!.Parent;
        }

        return null;
    }

    /// <summary>What a list's group around the step is done for. Read from the group itself: copied into each step of a list inside of it, a long item would be stored once for each.</summary>
    private async Task<JsonElement?> OuterItemAsync(string group, CancellationToken cancellation)
    {
        if (await context.Store.FindStepAsync(context.RunId, group, cancellation) is not { Input: { } hash })
            return null;
        var outer = StepInput.Read(await context.Store.ContentAsync(context.RunId, hash, cancellation));
        return Element(new JsonObject
        {
            [WorkflowComposer.Item] = outer.Item is { } item ? JsonNode.Parse(item.GetRawText(), documentOptions: Deep) : null,
            [WorkflowComposer.Index] = outer.Index,
        });
    }

    private async Task<JsonNode?> ValueAsync(StepDefinition definition, string key, CancellationToken cancellation)
    {
        var step = await context.Store.FindStepAsync(context.RunId, key, cancellation);
        // A list or a group of which a part failed still has what the others did.
        var isWhole = definition.Work is { ForEach: not null } or { IsGroup: true };
        if (step is null || step.Status != StepStatus.Succeeded && !(isWhole && step.Status == StepStatus.Failed) || await OutcomeAsync(step, cancellation) is not { Skipped: false } outcome)
            return null;
        if (definition.Work is { ForEach: not null, Body: { } body })
            return await ListAsync(context.Snapshot.Workflow.Step(body), key, outcome, cancellation);
        // An approval is a group whose decision stands for it.
        if (definition.Work is not { IsGroup: true } || step.Accepted is not null)
            return outcome.Value is { } value ? JsonNode.Parse(value.GetRawText(), documentOptions: Deep) : null;
        var members = new JsonObject();
        foreach (var member in context.Snapshot.Workflow.StepsIn(definition.Name))
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
        await context.Store.FindResultAsync(context.RunId, step.Accepted ?? step.Index, cancellation) is { } stored ? StepOutcome.Read(stored) : null;

    private static JsonElement? Element(JsonNode? node)
    {
        if (node is null)
            return null;
        using var document = JsonDocument.Parse(node.ToJsonString(), Deep);
        return document.RootElement.Clone();
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored, Deep);
        return document.RootElement.Clone();
    }
}
