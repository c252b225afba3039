using System.Collections.Immutable;
using Azure.Core;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Providers.Azure;
using Ripieno.Providers.GitHub;
using Ripieno.Providers.Ollama;
using Ripieno.Providers.OpenAi;
using Ripieno.Providers.Simulated;

namespace Ripieno.Providers;

/// <summary>All kinds of providers, by kind. Owns their connections.</summary>
internal sealed class ModelProviders : IDisposable
{
    private ModelProviders(IEnumerable<IModelProvider> providers) =>
        ByKind = providers.ToImmutableDictionary(provider => provider.Kind, StringComparer.Ordinal);

    public ImmutableDictionary<string, IModelProvider> ByKind { get; }

    /// <param name="options">Settings of simulated answers, and the models named.</param>
    /// <param name="time">Clock of pauses and tokens.</param>
    /// <param name="entraId">Where tokens of Entra ID come from; null = what the machine, the environment or the user's login offers.</param>
    public static ModelProviders Create(RipienoOptions options, TimeProvider time, Func<TokenCredential>? entraId = null) => new(
    [
        new OllamaProvider(time),
        new OpenAiProvider(time),
        new AzureOpenAIProvider(time, entraId),
        new GitHubModelsProvider(time),
        new SimulatedProvider(options.Runtime.Providers.GetValueOrDefault("simulated", new()), ModelsNamed(options), time),
    ]);

    public void Dispose()
    {
        foreach (var provider in ByKind.Values.OfType<IDisposable>())
            provider.Dispose();
    }

    /// <summary>The simulated provider has every model that the configuration speaks of.</summary>
    private static ImmutableArray<string> ModelsNamed(RipienoOptions options) =>
    [
        .. options.Agents.Select(agent => agent.DefaultModel)
            .Append(new AgentOptions { Id = "any" }.DefaultModel)
            .Concat(options.Runtime.Fallbacks.Select(fallback => fallback.Model))
            .Concat(options.Models.Values.SelectMany(models => models.Keys))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal),
    ];
}
