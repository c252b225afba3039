using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ripieno.Agents.Prompts;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>Makes the steps of a group, or one for each item of a list. Calls no model.</summary>
internal sealed partial class ExpandStepExecutor : IStepExecutor
{
    private const string KeyRule = "an item's key is its \"id\", if that is made of letters, digits, \"-\", \"_\" and \".\" (at most 64), else its place in the list";

    /// <summary>More is for a file that the question names.</summary>
    private const int LongestQuestion = 10_000;

    public string Name => WorkflowComposer.Expand;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var work = context.Definition.Work!;
        var values = new RunValues(context, StepInput.Read(context.Step.Input));
        if (!await values.AreWantedAsync(cancellation))
            return StepOutcome.LeftOut();
        if (work.ForEach is { } list)
            return await ForEachAsync(context, values, ValuePath.TryParse(list)!, cancellation);

        var input = values.Input with { Scopes = [.. values.Input.Scopes, $"{context.Step.Key}/"] };
        if (work.Prompt.Length > 0)
            input = input with { Question = await QuestionAsync(work.Prompt, values, cancellation) };
        return new()
        {
            Result = new StepOutcome().Write(),
            Expansion = new(ExpansionTarget.Self, StepSpecs.In(context.Snapshot.Workflow, context.Definition.Name, input)),
        };
    }

    /// <summary>What an approval asks: people see it as it is when it is asked.</summary>
    private static async Task<string> QuestionAsync(string prompt, RunValues values, CancellationToken cancellation)
    {
        var template = TextTemplate.Parse(prompt);
        await values.LoadAsync(template.Paths, cancellation);
        return LongText.Of(template.Render(path => values.Of(path))).Cut(LongestQuestion);
    }

    private static async Task<StepCompletion> ForEachAsync(StepContext context, RunValues values, ValuePath path, CancellationToken cancellation)
    {
        await values.LoadAsync([path], cancellation);
        if (values.Of(path) is not { ValueKind: JsonValueKind.Array } list)
            throw new StepFailedException($"\"forEach\" of step '{context.Step.Key}' needs a list; {path} is {Kind(values.Of(path))}.");
        var items = list.EnumerateArray().ToList();
        var body = context.Snapshot.Workflow.Step(context.Definition.Work!.Body!);
        var keys = Keys(items, context.Step.Key);
        var waits = context.Definition.Work.ItemsDependOn is { } member ? Waits(items, keys, member, context.Step.Key) : [];
        var steps = ImmutableArray.CreateBuilder<StepSpec>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var input = values.Input with { Item = items[i].Clone(), Index = i + 1 };
            steps.Add(StepSpecs.Of(body, $"{context.Step.Key}/{keys[i]}", input, i < waits.Count ? [.. waits[i].Select(key => $"{context.Step.Key}/{key}")] : []));
        }

        var result = JsonSerializer.SerializeToElement(new ItemKeys([.. keys]), WorkflowJson.Default.ItemKeys);
        return new()
        {
            Result = new StepOutcome { Value = result }.Write(),
            Expansion = steps.Count > 0 ? new(ExpansionTarget.Self, steps.DrainToImmutable()) : null,
        };
    }

    /// <summary>The items' own ids where they have usable ones, else their places from 1.</summary>
    private static List<string> Keys(List<JsonElement> items, string step)
    {
        var keys = items.Select((item, place) => Id(item) ?? $"{place + 1}").ToList();
        if (keys.CountBy(key => key, StringComparer.Ordinal).FirstOrDefault(pair => pair.Value > 1).Key is { } twice)
            throw new StepFailedException($"Two items of step '{step}' have the key '{twice}': {KeyRule}.");
        return keys;
    }

    private static List<List<string>> Waits(List<JsonElement> items, List<string> keys, string member, string step)
    {
        var known = keys.ToHashSet(StringComparer.Ordinal);
        var waits = items.Select(item => Others(item).Distinct(StringComparer.Ordinal).ToList()).ToList();
        for (var i = 0; i < waits.Count; i++)
        {
            if (waits[i].Find(other => !known.Contains(other)) is { } unknown)
                throw new StepFailedException($"Item '{keys[i]}' of step '{step}' waits for '{unknown}', which is not the key of an item: {KeyRule}.");
        }

        // Items that wait for none of those left can be done; when nothing more can, the rest waits in a circle.
        var left = Enumerable.Range(0, keys.Count).ToHashSet();
        var open = keys.ToHashSet(StringComparer.Ordinal);
        while (left.Where(i => !waits[i].Exists(open.Contains)).ToList() is { Count: > 0 } free)
        {
            left.ExceptWith(free);
            open.ExceptWith(free.Select(i => keys[i]));
        }

        return left.Count == 0 ? waits : throw new StepFailedException($"Items of step '{step}' wait for each other in a circle; among them: {string.Join(", ", left.Take(5).Select(i => keys[i]))}.");

        IEnumerable<string> Others(JsonElement item) => item.ValueKind == JsonValueKind.Object && item.TryGetProperty(member, out var others)
            ? others.ValueKind switch
            {
                JsonValueKind.Array => others.EnumerateArray().Select(other => ValueText.Of(other)),
                JsonValueKind.Null => [],
                _ => [ValueText.Of(others)],
            }
            : [];
    }

    private static string? Id(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number && Usable().IsMatch(ValueText.Of(id))
            ? ValueText.Of(id)
            : null;

    private static string Kind(JsonElement? value) => value?.ValueKind switch
    {
        null => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Usable();
}
