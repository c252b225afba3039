using System.Collections.Immutable;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>Turns options into the endpoints that an instance calls.</summary>
internal static class EffectiveEndpoints
{
    public const string DefaultOllama = "http://localhost:11434";

    /// <summary>Providers that at least one agent uses, in the order of the agents.</summary>
    public static ImmutableArray<string> ProvidersInUse(RipienoOptions options) =>
        [.. options.Agents.Where(agent => agent.CallsModel).Select(agent => agent.Provider ?? options.Runtime.DefaultProvider).Distinct(StringComparer.Ordinal)];

    /// <summary>The same, and those that are asked when one of them cannot be had.</summary>
    public static ImmutableArray<string> ProvidersNamed(RipienoOptions options) =>
        [.. ProvidersInUse(options).Concat(options.Runtime.Fallbacks.Select(fallback => fallback.Provider)).Distinct(StringComparer.Ordinal)];

    /// <summary>Steps that this instance executes at once.</summary>
    public static int Slots(RipienoOptions options) =>
        options.Runtime.Concurrency ?? ProvidersInUse(options).Sum(provider => Provider(options, provider).Concurrency);

    /// <summary>The endpoints of all providers named. A provider whose place or credential is missing has none: its steps are another instance's.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="environment">Looks up an environment variable; keys are read here, and only here.</param>
    public static ImmutableArray<Endpoint> Of(RipienoOptions options, Func<string, string?> environment) =>
        [.. ProvidersNamed(options).SelectMany(provider => Of(provider, Provider(options, provider), options.Runtime.Store.Kind, environment))];

    /// <summary>The provider's settings, defaults when the file has none.</summary>
    public static ProviderOptions Provider(RipienoOptions options, string provider) =>
        options.Runtime.Providers.GetValueOrDefault(provider) ?? ProviderOptions.Default(provider);

    private static IEnumerable<Endpoint> Of(string kind, ProviderOptions provider, string store, Func<string, string?> environment)
    {
        var key = provider.KeyEnv is { } variable && environment(variable)?.Trim() is { Length: > 0 } value ? new Secret(value) : null;
        if (provider.KeyEnv is not null && key is null)
            return [];
        if (!provider.Endpoints.IsEmpty)
        {
            return provider.Endpoints.Select(
                endpoint => Shared(new(endpoint.Name, kind, Address(kind, endpoint.Url), provider.Concurrency, endpoint.Limit, key, endpoint.Weight)
                {
                    RequestsPerMinute = endpoint.RequestsPerMinute,
                    TokensPerMinute = endpoint.TokensPerMinute,
                }, store));
        }

        // One store file = one machine, so every process on it shares the lone server: what one of them may ask of it, all may together. With a store for
        // many machines each may have a server of its own under that name.
        var limit = provider.Limit ?? (store == StoreKind.Sqlite ? provider.Concurrency : null);
        return kind == ProviderKind.Simulated
            ? [new Endpoint(kind, kind, new Uri("simulated://local"), provider.Concurrency, null, null) { SharesCooling = false }]
            : Lone(kind, provider) is { } url
                ? [Shared(new(kind, kind, Address(kind, url), provider.Concurrency, limit, key) { RequestsPerMinute = provider.RequestsPerMinute, TokensPerMinute = provider.TokensPerMinute }, store)]
                : [];
    }

    /// <summary>
    /// An endpoint with a limit or a rate is one server to all instances, because whoever wrote it said so. Of others only the address tells: a lone one may be another server in each
    /// instance's configuration, and a loopback address is another on each machine.
    /// </summary>
    private static Endpoint Shared(Endpoint endpoint, string store)
    {
        if (endpoint.NeedsPermit)
            return endpoint;
        var machine = endpoint.Url.IsLoopback && store != StoreKind.Sqlite ? Environment.MachineName : endpoint.Url.Host;
        return endpoint with { LimitName = $"endpoint/{endpoint.Name}@{machine}:{endpoint.Url.Port}" };
    }

    private static Uri? Lone(string kind, ProviderOptions provider) => provider.Host ?? kind switch
    {
        ProviderKind.Ollama => new Uri(DefaultOllama),
        ProviderKind.GitHubModels => new Uri(GitHubModels.DefaultEndpoint),
        _ => null,
    };

    private static Uri Address(string kind, Uri url) => kind == ProviderKind.AzureOpenAI ? AzureOpenAI.Address(url) : url;
}
