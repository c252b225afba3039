using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Coded;
using Ripieno.Agents.Prompts;
using Ripieno.Models;
using Ripieno.Runs;
using Ripieno.Workflows;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>
/// Has code do or review a step. It is given the step's texts with values filled in. A text of <c>input</c> that is nothing but one placeholder is the value itself, so that code gets numbers and
/// lists as such.
/// </summary>
internal sealed class CodedStep(StepContext context, AgentSnapshot agent, CodedAgent.Work code, Func<ModelChoice, IChatClient> clientFor)
{
    /// <summary>Does it.</summary>
    /// <param name="values">What its texts may mention.</param>
    /// <param name="before">Of a revision: the version that was sent back, and why.</param>
    /// <param name="cancellation">Aborts it.</param>
    public async Task<StepAnswer> DoAsync(RunValues values, IReadOnlyList<(string Name, string Text)> before, CancellationToken cancellation)
    {
        var call = await CallAsync(values, Named(before, PromptNames.Previous), Named(before, PromptNames.Notes), cancellation);
        var answer = CustomAnswer.Of(await ExecuteAsync(call, cancellation) ?? JsonSerializer.SerializeToElement((string?)null, WorkflowJson.Default.String));
        return answer.Problems(context.Definition.Work!) is { Count: > 0 } problems
            ? throw new StepFailedException($"Agent '{agent.Id}' did not return what the step's \"answer\" says. {string.Join(" ", problems.Take(5))}", call.Usage)
            : new(answer, call.Usage, call.Files);
    }

    /// <summary>Reviews: the value must be <c>{ "approved": …, "notes": … }</c>.</summary>
    /// <param name="values">What its texts may mention.</param>
    /// <param name="work">What it looks at: its data.</param>
    /// <param name="data">The work as text, and earlier notes.</param>
    /// <param name="cancellation">Aborts it.</param>
    public async Task<(ReviewAnswer Answer, TokenUsage Usage)> ReviewAsync(
        RunValues values, JsonElement? work, IReadOnlyList<(string Name, string Text)> data, CancellationToken cancellation)
    {
        var call = await CallAsync(values, Named(data, PromptNames.Work), Named(data, PromptNames.Notes), cancellation, work);
        var value = await ExecuteAsync(call, cancellation);
        var approved = Member(value, "approved")?.ValueKind;
        var notes = Member(value, "notes") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        if (approved is not (JsonValueKind.True or JsonValueKind.False))
            throw new StepFailedException($"Agent '{agent.Id}' reviews, so it must return {{ \"approved\": true or false, \"notes\": \"…\" }}.", call.Usage);
        var answer = new ReviewAnswer(approved == JsonValueKind.True ? ReviewAnswer.Approve : ReviewAnswer.Revise, notes);
        return ReviewAnswer.Problems(answer) is { Count: > 0 } problems ? throw new StepFailedException($"The review of agent '{agent.Id}' is not valid. {problems[0]}", call.Usage) : (answer, call.Usage);
    }

    private async Task<JsonElement?> ExecuteAsync(CodedCall call, CancellationToken cancellation)
    {
        context.Activity.Show($"{agent.Id} is working");
        // Code that does not look at its token is left behind: a time limit that it could ignore would be none.
        return await code.Execute(call, cancellation).WaitAsync(cancellation);
    }

    private async Task<CodedCall> CallAsync(RunValues values, string work, string notes, CancellationToken cancellation, JsonElement? reviewed = null)
    {
        var step = context.Definition.Work!;
        var prompt = TextTemplate.Parse(step.Prompt);
        var inputs = step.Input.Select(input => (input.Name, Template: TextTemplate.Parse(input.Text))).ToList();
        await values.LoadAsync([.. prompt.Paths, .. inputs.SelectMany(input => input.Template.Paths)], cancellation);
        var data = new JsonObject();
        foreach (var (name, template) in inputs)
            data[name] = Value(template, values);
        return new(context, agent, clientFor)
        {
            Round = values.Input.Round,
            Prompt = prompt.Render(values.Of),
            // Without data the step's text is what the code works on, and a text that is one value is that value.
            Input = reviewed ?? (inputs.Count > 0 ? Element(data) : step.Prompt.Length > 0 ? Element(Value(prompt, values)) : null),
            Work = work.Length > 0 ? work : null,
            Notes = notes,
        };
    }

    private static JsonNode? Value(TextTemplate template, RunValues values) => template.Only is { } path
        ? values.Of(path) is { } value ? JsonNode.Parse(value.GetRawText(), documentOptions: RunValues.Deep) : null
        : JsonValue.Create(template.Render(values.Of));

    private static JsonElement? Element(JsonNode? node)
    {
        if (node is null)
            return null;
        using var document = JsonDocument.Parse(node.ToJsonString(), RunValues.Deep);
        return document.RootElement.Clone();
    }

    private static JsonElement? Member(JsonElement? value, string name) =>
        value is { ValueKind: JsonValueKind.Object } section && section.TryGetProperty(name, out var member) ? member : null;

    private static string Named(IReadOnlyList<(string Name, string Text)> data, string name) => data.FirstOrDefault(one => one.Name == name).Text ?? "";
}
