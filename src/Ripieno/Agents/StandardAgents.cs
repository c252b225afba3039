namespace Ripieno.Agents;

/// <summary>Ids of the agents that the standard workflow needs.</summary>
internal static class StandardAgents
{
    public const string Planner = "planner";
    public const string Executor = "executor";
    public const string Reviewer = "reviewer";
}
