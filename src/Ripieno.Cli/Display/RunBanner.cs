using Ripieno.Configuration;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>What a run works with, for headings.</summary>
/// <param name="Models">Such as <c>llama3.2 on ollama</c>.</param>
/// <param name="Simulated">Answers are made up, and everything shown says so.</param>
internal sealed record RunBanner(string Models, bool Simulated)
{
    /// <summary>A workflow of the user's own: it has steps, not tasks.</summary>
    public WorkflowDefinition? Own { get; init; }

    /// <summary>What its parts are called, one and several.</summary>
    public string Noun => Own is null ? "task" : "step";

    /// <summary>What one is called when it ended well.</summary>
    public string Done => Own is null ? "accepted" : "done";

    public const string SimulatedText = "simulated answers";

    public static RunBanner Of(RunSnapshot snapshot)
    {
        var choices = snapshot.Agents.Select(agent => agent.Model).ToList();
        var models = choices
            .GroupBy(choice => choice.Provider, StringComparer.Ordinal)
            .Select(group => $"{string.Join(", ", group.Select(choice => choice.Model).Distinct(StringComparer.Ordinal))} {(group.Key == ProviderKind.Code ? "in code" : $"on {group.Key}")}");
        var chosen = string.Join("; ", models);
        var others = choices.SelectMany(choice => choice.Chain.Skip(1)).Select(choice => $"else {choice.Model} on {choice.Provider}").Distinct(StringComparer.Ordinal);
        return new(SafeText.Of(string.Join(", ", others.Prepend(chosen)), longest: 120), choices.Exists(choice => choice.Provider == ProviderKind.Simulated))
        {
            Own = snapshot.Workflow.Name == StandardWorkflow.Name ? null : snapshot.Workflow,
        };
    }
}
