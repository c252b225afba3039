using System.Collections.Immutable;

namespace Ripieno.Configuration;

/// <summary>What applies where no file says otherwise: the three agents of the standard workflow, with their built-in prompts, on a local Ollama.</summary>
internal static class BuiltInConfiguration
{
    public static RipienoOptions Options { get; } = new()
    {
        Runtime = new RuntimeOptions
        {
            Providers = ProviderKind.Usable.ToImmutableDictionary(kind => kind, ProviderOptions.Default, StringComparer.Ordinal),
        },
        Agents =
        [
            new AgentOptions { Id = "planner", Outputs = ["plan.md"], Cache = true },
            new AgentOptions { Id = "executor", Requires = ["planner"] },
            new AgentOptions { Id = "reviewer", Outputs = ["review-notes.md"], Requires = ["executor"] },
        ],
    };
}
