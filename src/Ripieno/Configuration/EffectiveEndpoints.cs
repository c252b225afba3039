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

    /// <summary>Steps that this instance executes at once.</summary>
    public static int Slots(RipienoOptions options) =>
        options.Runtime.Concurrency ?? ProvidersInUse(options).Sum(provider => Provider(options, provider).Concurrency);

    /// <summary>The endpoints of all providers in use.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="environment">Looks up an environment variable; keys are read here, and only here.</param>
    public static ImmutableArray<Endpoint> Of(RipienoOptions options, Func<string, string?> environment) =>
        [.. ProvidersInUse(options).SelectMany(provider => Of(provider, Provider(options, provider), options.Runtime.Store.Kind, environment))];

    /// <summary>The provider's settings, defaults when the file has none.</summary>
    public static ProviderOptions Provider(RipienoOptions options, string provider) =>
        options.Runtime.Providers.GetValueOrDefault(provider) ?? new ProviderOptions();

    private static IEnumerable<Endpoint> Of(string kind, ProviderOptions provider, string store, Func<string, string?> environment)
    {
        var key = provider.KeyEnv is { } variable && environment(variable) is { Length: > 0 } value ? new Secret(value) : null;
        if (!provider.Endpoints.IsEmpty)
        {
            return provider.Endpoints.Select(
                endpoint => new Endpoint(endpoint.Name, kind, endpoint.Url, provider.Concurrency, endpoint.Limit, key, endpoint.Weight));
        }

        // One store file = one machine, so every process on it shares the lone server: what one of them may ask of it, all may together. With a store for
        // many machines each may have a server of its own under that name.
        int? limit = store == StoreKind.Sqlite ? provider.Concurrency : null;
        return kind == ProviderKind.Simulated
            ? [new Endpoint(kind, kind, new Uri("simulated://local"), provider.Concurrency, null, null)]
            : [new Endpoint(kind, kind, provider.Host ?? new Uri(DefaultOllama), provider.Concurrency, limit, key)];
    }
}
