using System.Collections.Immutable;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Agents and workflows that a program brings in code, laid over those of the files.</summary>
/// <param name="Agents">Those that are code. An agent of the same id in a file keeps what the file says of it (queue, provider, prompt).</param>
/// <param name="Workflows">By name.</param>
internal sealed record ProgramLayer(ImmutableArray<AgentOptions> Agents, ImmutableArray<(string Name, WorkflowOptions Workflow)> Workflows)
{
    public static ProgramLayer None { get; } = new([], []);

    public RipienoOptions Apply(RipienoOptions options, List<Problem> problems)
    {
        var agents = options.Agents.ToBuilder();
        foreach (var agent in Agents)
        {
            if (!ConfigurationTexts.Name.Accepts(agent.Id))
                problems.Add(new(null, null, "agents", $"the agent \"{agent.Id}\" in code", ConfigurationTexts.Name.Says));
            var index = agents.ToList().FindIndex(listed => listed.Id == agent.Id);
            if (index < 0)
                agents.Add(agent);
            else if (agents[index] is var listed)
                agents[index] = listed with { Code = true, Provider = agent.Provider ?? listed.Provider, DefaultModel = agent.Provider is null ? listed.DefaultModel : agent.DefaultModel };
        }

        var workflows = options.Workflows.Own;
        foreach (var (name, workflow) in Workflows)
        {
            if (workflows.ContainsKey(name))
                problems.Add(new(null, null, $"workflows.{name}", "the workflow a second time: in a file and in code, or twice in code", "each once", "Rename or remove one of the two."));
            else
                workflows = workflows.Add(name, workflow);
        }

        return options with { Agents = agents.DrainToImmutable(), Workflows = options.Workflows with { Own = workflows } };
    }
}
