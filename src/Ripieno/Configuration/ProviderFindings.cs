using System.Collections.Immutable;
using Ripieno.Documents;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>What is valid about providers and models but probably not meant.</summary>
internal static class ProviderFindings
{
    public static IEnumerable<string> Of(LoadedConfiguration loaded) =>
    [
        .. AtStart(loaded), .. Aliases(loaded.Options), .. Deployments(loaded.Options), .. Contexts(loaded.Options), .. Plain(loaded.Endpoints),
    ];

    /// <summary>Those that whoever starts a run must see.</summary>
    public static IEnumerable<string> AtStart(LoadedConfiguration loaded)
    {
        if (loaded.Endpoints.Any(endpoint => endpoint.Provider == ProviderKind.GitHubModels && GitHubModels.IsRetired(endpoint.Url)))
            yield return GitHubModels.Retired;
        if (loaded.Options.Runtime.Fallbacks.Any(fallback => fallback.Provider == ProviderKind.Simulated))
            yield return "runtime.fallbackProviders names simulated: when no model before it can be had, answers are made up. The run says where.";
    }

    // A name that is no alias is a model, so a misspelt alias is no mistake that could be known for certain.
    private static IEnumerable<string> Aliases(RipienoOptions options) =>
        from agent in options.Agents
        where !options.Models.Values.Any(models => models.ContainsKey(agent.DefaultModel))
        let near = NearestName.Of(agent.DefaultModel, options.Aliases.Keys)
        where near is not null && options.Aliases[near].Model != agent.DefaultModel
        select $"agents[{agent.Id}].defaultModel is \"{agent.DefaultModel}\", a model that is not listed. Did you mean the alias \"{near}\"?";

    private static IEnumerable<string> Deployments(RipienoOptions options)
    {
        var azure = EffectiveEndpoints.Provider(options, ProviderKind.AzureOpenAI);
        var listed = options.Models.GetValueOrDefault(ProviderKind.AzureOpenAI) ?? ImmutableDictionary<string, ModelOptions>.Empty;
        var names = Used(options).Where(model => model.Provider == ProviderKind.AzureOpenAI && listed.GetValueOrDefault(model.Model)?.Deployment is null)
            .Select(model => model.Model).Distinct(StringComparer.Ordinal).ToList();
        if (azure.Deployment is not null && names.Count > 1)
        {
            yield return $"{string.Join(" and ", names)} are all served by the deployment that {azure.DeploymentEnv} names. "
                + "Give each its own: models.azure-openai.MODEL.deployment.";
        }
    }

    private static IEnumerable<string> Contexts(RipienoOptions options)
    {
        var most = options.Agents.Where(agent => agent.CallsModel).Select(agent => Context(options, agent.Provider ?? options.Runtime.DefaultProvider, agent.DefaultModel)).DefaultIfEmpty(0).Max();
        foreach (var fallback in options.Runtime.Fallbacks)
        {
            if (Context(options, fallback.Provider, fallback.Model) is var context && context < most)
            {
                yield return $"The fallback {fallback.Provider}/{fallback.Model} has a context of {context} tokens, less than the {most} that prompts are fitted into: it may refuse long ones. "
                    + $"Set models.{fallback.Provider}.{fallback.Model}.context if it has more.";
            }
        }
    }

    private static IEnumerable<string> Plain(IEnumerable<Endpoint> endpoints) =>
        from endpoint in endpoints
        where endpoint.Url.Scheme == Uri.UriSchemeHttp && !endpoint.Url.IsLoopback && (endpoint.Key is not null || endpoint.Provider == ProviderKind.AzureOpenAI)
        select $"The endpoint {endpoint.Name} is called by http: its credential can be read on the way. Use https.";

    private static IEnumerable<(string Provider, string Model)> Used(RipienoOptions options) =>
        options.Agents.Where(agent => agent.CallsModel).Select(agent => (agent.Provider ?? options.Runtime.DefaultProvider, agent.DefaultModel))
            .Concat(options.Runtime.Fallbacks.Select(fallback => (fallback.Provider, fallback.Model)));

    private static int Context(RipienoOptions options, string provider, string model) => ModelOptions.Of(options, provider, model).Context;
}
