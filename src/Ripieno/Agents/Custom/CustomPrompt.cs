using System.Collections.Immutable;
using Ripieno.Agents.Prompts;
using Ripieno.Workflows;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>
/// The prompt of a step of a user's workflow: the agent's standing instructions, then what the step is told to do, then its data, each in a block of its own. Values that are too long for the model
/// are shortened, all to the same length.
/// </summary>
internal static class CustomPrompt
{
    /// <param name="agent">Who is asked.</param>
    /// <param name="step">What is to be done.</param>
    /// <param name="values">What its texts may mention.</param>
    /// <param name="more">Further data, by name; empty ones are left out.</param>
    /// <param name="cancellation">Ends the reading of values.</param>
    public static async Task<RenderedPrompt> RenderAsync(
        AgentSnapshot agent, StepDefinition step, RunValues values, IReadOnlyList<(string Name, string Text)> more, CancellationToken cancellation)
    {
        var work = step.Work!;
        var task = TextTemplate.Parse(work.Prompt);
        var inputs = work.Input.Select(input => (input.Name, Template: TextTemplate.Parse(input.Text))).ToImmutableArray();
        await values.LoadAsync([.. task.Paths, .. inputs.SelectMany(input => input.Template.Paths)], cancellation);

        // Without that line an agent's file is its standing instructions: what the step is told comes from the workflow.
        var text = agent.Prompt.Contains(PromptTemplate.UserLine, StringComparison.Ordinal) ? agent.Prompt : $"{agent.Prompt}\n{PromptTemplate.UserLine}\n";
        var template = PromptTemplate.Parse(text, PromptNames.Of(step), $"prompt of agent '{agent.Id}'");
        var budget = PromptBudget.Of(agent, template);
        var prompt = template.Render(Data(PromptBudget.LongestText(budget, limit => Data(limit).Values.Sum(PromptBudget.SizeOf))));
        // Servers may ask that the word stands in the prompt, and models keep to a format better that they are told of.
        return work.Answer is null ? prompt : prompt with { User = $"{prompt.User}\n\nAnswer with JSON only." };

        Dictionary<string, string> Data(int limit)
        {
            var data = new Dictionary<string, string>(StringComparer.Ordinal) { [PromptNames.Task] = Fill(task, limit) };
            foreach (var (name, input) in inputs)
                Add(name, Fill(input, limit));
            foreach (var (name, content) in more)
                Add(name, LongText.Of(content).Cut(limit));
            return data;

            void Add(string name, string content) => data[name] = content.Length > 0 ? PromptBlock.OfText(name, content) : "";
        }

        string Fill(TextTemplate filled, int limit) => filled.Render(path => values.Of(path), value => LongText.Of(value).Cut(limit));
    }
}
