using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Runs;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>The values that the texts of a step may mention; read from the run as far as they are mentioned.</summary>
internal sealed class RunValues(StepContext context, StepInput input)
{
    /// <summary>As deep as models may answer, and the wrapping around it.</summary>
    public static readonly JsonDocumentOptions Deep = new() { MaxDepth = 72 };

    private readonly RunResults _results = new(context.Store, context.RunId, context.Snapshot.Workflow);
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
                return Element(await _results.ValueAsync(named, input.Scopes[level] + root, cancellation));
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
