using System.Collections.Immutable;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Agents.Prompts;

/// <summary>The data that each agent's prompt may name.</summary>
internal static class PromptNames
{
    /// <summary>Entries to plan.</summary>
    public const string Backlog = "backlog";

    /// <summary>Entries planned in another part; empty unless the backlog is too large for one prompt.</summary>
    public const string Others = "others";

    /// <summary>The task at hand with the backlog entries that it covers.</summary>
    public const string Task = "task";

    /// <summary>What the tasks that it depends on produced; empty without dependencies.</summary>
    public const string Results = "results";

    /// <summary>The version that the reviewer sent back; empty in the first round.</summary>
    public const string Previous = "previous";

    /// <summary>The reviewer's notes of all rounds so far; empty in the first.</summary>
    public const string Notes = "notes";

    /// <summary>The work to review.</summary>
    public const string Work = "work";

    public static ImmutableArray<string> Of(string agent) => agent switch
    {
        StandardAgents.Planner => [Backlog, Others],
        StandardAgents.Executor => [Task, Results, Previous, Notes],
        StandardAgents.Reviewer => [Task, Work, Notes],
        _ => throw new ArgumentOutOfRangeException(nameof(agent), agent, "The standard workflow has no such agent."),
    };

    /// <summary>The data that an agent's prompt may name in a user's workflow: what every step of the agent gets.</summary>
    public static ImmutableArray<string> Of(string agent, WorkflowDefinition workflow)
    {
        ImmutableArray<string>? names = null;
        foreach (var step in workflow.Steps.Where(step => step.Agent == agent && step.Work is not null))
        {
            var own = Of(step);
            names = names is { } before ? [.. before.Intersect(own, StringComparer.Ordinal)] : own;
        }

        return names ?? [];
    }

    /// <summary>The data of one step of a user's workflow.</summary>
    public static ImmutableArray<string> Of(StepDefinition step) =>
    [
        .. step.Work!.Prompt.Length > 0 ? (ReadOnlySpan<string>)[Task] : [],
        .. step.Work.Input.Select(input => input.Name),
        .. step.Executor == WorkflowComposer.Review ? (ReadOnlySpan<string>)[Work, Notes] : step.Work.Review is not null ? [Previous, Notes] : [],
    ];
}
