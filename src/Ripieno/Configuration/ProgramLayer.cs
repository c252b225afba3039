using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Agents and workflows that a program brings in code, laid over those of the files.</summary>
/// <param name="Agents">Those that are code. An agent of the same id in a file keeps what the file says of it (queue, provider, prompt).</param>
/// <param name="Workflows">By name.</param>
internal sealed record ProgramLayer(ImmutableArray<AgentOptions> Agents, ImmutableArray<(string Name, WorkflowOptions Workflow)> Workflows)
{
    /// <summary>Stands for the provider that the files name as the default.</summary>
    public const string DefaultProvider = "";

    public static ProgramLayer None { get; } = new([], []);

    public RipienoOptions Apply(RipienoOptions options, List<Problem> problems)
    {
        var agents = options.Agents.ToBuilder();
        foreach (var given in Agents)
        {
            var agent = given.Provider == DefaultProvider ? given with { Provider = options.Aliases.GetValueOrDefault(given.DefaultModel)?.Provider ?? options.Runtime.DefaultProvider } : given;
            if (!ConfigurationTexts.Name.Accepts(agent.Id))
                problems.Add(new(null, null, "agents", $"the agent \"{agent.Id}\" in code", ConfigurationTexts.Name.Says));
            if (agent.Provider is { } provider && !ProviderKind.Usable.Contains(provider, StringComparer.Ordinal))
                problems.Add(new(null, null, $"agents[{agent.Id}].provider", $"\"{provider}\" in code", $"one of {string.Join(", ", ProviderKind.Usable)}", NearestName.Suggestion(provider, ProviderKind.Usable)));
            if (!ConfigurationTexts.Name.Accepts(agent.Queue))
                problems.Add(new(null, null, $"agents[{agent.Id}].queue", $"\"{agent.Queue}\" in code", ConfigurationTexts.Name.Says));
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
            problems.AddRange(Problems(name, workflow));
        }

        return options with { Agents = agents.ToImmutable(), Workflows = options.Workflows with { Own = workflows } };
    }

    /// <summary>What is wrong with single values, by the rules of the file: a number out of its range, a time that is too long.</summary>
    private static IEnumerable<Problem> Problems(string name, WorkflowOptions workflow)
    {
        var place = $"workflows.{name}";
        var problems = new List<Problem>();
        try
        {
            var written = new SourceText(null, EffectiveWorkflows.Workflow(workflow).ToJsonString());
            if (SourceJson.Parse(written, problems) is { } node)
                WorkflowKeys.Own.Check(node, place, problems);
        }
        catch (JsonException exception)
        {
            problems.Add(new(null, null, place, $"an \"answer\" that is no JSON ({exception.Message})", "\"text\", \"json\" or a JSON schema"));
        }

        // Lines of the text that was made here say nothing.
        return problems.Select(problem => problem with { File = null, Line = null });
    }
}
