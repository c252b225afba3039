using System.Collections.Immutable;

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
}
