using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ripieno.Configuration.Shapes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Lays <see cref="CommandLineOverrides"/> over options; a bad one is a problem and changes nothing.</summary>
internal sealed partial class CommandLineLayer(CommandLineOverrides overrides, string currentFolder, List<Problem> problems)
{
    public (RipienoOptions Options, ConfigurationOrigins Origins) Apply(RipienoOptions options, ConfigurationOrigins origins)
    {
        if (overrides.Provider is { } provider && Accepts("--provider", ConfigurationKeys.ProviderName, Text(provider)))
        {
            options = options with
            {
                Runtime = options.Runtime with { DefaultProvider = provider },
                Agents = [.. options.Agents.Select(agent => agent with { Provider = agent.Provider is null ? null : provider })],
            };
            origins = Set(origins, "--provider", ["runtime.defaultProvider", .. Agents(options, "provider")]);
        }

        if (overrides.Model is { } model && Accepts("--model", ConfigurationTexts.Text, Text(model)))
        {
            options = options with { Agents = [.. options.Agents.Select(agent => agent with { DefaultModel = model })] };
            origins = Set(origins, "--model", Agents(options, "defaultModel"));
        }

        options = ModelAliases.Resolve(options, origins, overrides.Provider, problems);
        if (overrides.Context is { } context && Accepts("--context", ConfigurationKeys.Context, Number(context)))
            (options, origins) = OnModels(options, origins, "context", one => one with { Context = context });
        if (overrides.Temperature is { } temperature && Accepts("--temperature", ConfigurationKeys.Temperature, Number(temperature)))
            (options, origins) = OnModels(options, origins, "temperature", one => one with { Temperature = temperature });
        if (overrides.Concurrency is { } concurrency && Accepts("--concurrency", ConfigurationKeys.Concurrency, Number(concurrency)))
            (options, origins) = WithConcurrency(options, origins, concurrency);
        if (overrides.Queues is { } queues && AcceptsAll("--queues", ConfigurationTexts.Name, queues))
            (options, origins) = (options with { Runtime = options.Runtime with { Queues = [.. queues] } }, Set(origins, "--queues", ["runtime.queues"]));
        if (overrides.Runs is { } runs && AcceptsAll("--runs", ConfigurationTexts.RunPattern, runs))
            (options, origins) = (options with { Runtime = options.Runtime with { Runs = [.. runs] } }, Set(origins, "--runs", ["runtime.runs"]));
        return overrides.Store is { } store ? WithStore(options, origins, store) : (options, origins);
    }

    private static (RipienoOptions Options, ConfigurationOrigins Origins) OnModels(
        RipienoOptions options, ConfigurationOrigins origins, string key, Func<ModelOptions, ModelOptions> change)
    {
        foreach (var agent in options.Agents)
        {
            var provider = agent.Provider ?? options.Runtime.DefaultProvider;
            var models = options.Models.GetValueOrDefault(provider) ?? ImmutableDictionary.Create<string, ModelOptions>(StringComparer.Ordinal);
            var model = models.GetValueOrDefault(agent.DefaultModel) ?? new ModelOptions();
            options = options with { Models = options.Models.SetItem(provider, models.SetItem(agent.DefaultModel, change(model))) };
            origins = Set(origins, "--" + key, [$"models.{provider}.{agent.DefaultModel}.{key}"]);
        }

        return (options, origins);
    }

    private static (RipienoOptions Options, ConfigurationOrigins Origins) WithConcurrency(
        RipienoOptions options, ConfigurationOrigins origins, int concurrency)
    {
        var providers = options.Runtime.Providers;
        var used = EffectiveEndpoints.ProvidersInUse(options);
        foreach (var provider in used)
            providers = providers.SetItem(provider, EffectiveEndpoints.Provider(options, provider) with { Concurrency = concurrency });
        options = options with { Runtime = options.Runtime with { Concurrency = concurrency, Providers = providers } };
        return (options, Set(origins, "--concurrency", ["runtime.concurrency", .. used.Select(provider => $"runtime.{provider}.concurrency")]));
    }

    private (RipienoOptions Options, ConfigurationOrigins Origins) WithStore(RipienoOptions options, ConfigurationOrigins origins, string store)
    {
        if (RedisAddress.Is(store))
            return WithRedis(options, origins, store);
        const string Expected = "sqlite:PATH or redis:HOST:PORT";
        var isFile = store.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase);
        // "reddis:cache" or "cache:6379" would become files of these names, in which nobody works.
        if (!isFile && Scheme().IsMatch(store))
        {
            problems.Add(new Origin(OriginKind.CommandLine, "--store").Problem("--store", store.Contains('@', StringComparison.Ordinal) ? "something else (not shown, it may be a secret)" : Text(store).Described, Expected));
            return (options, origins);
        }

        var path = isFile ? store["sqlite:".Length..] : store;
        if (!Accepts("--store", ConfigurationTexts.StoreFile with { Says = Expected }, Text(path)))
            return (options, origins);
        options = options with { Runtime = options.Runtime with { Store = new StoreOptions { Path = Path.GetFullPath(path, currentFolder) } } };
        return (options, Set(Without(origins, _ => true), "--store", ["runtime.store.kind", "runtime.store.path"]));
    }

    /// <summary>Another address; what the config says besides (prefix, TLS, whose password) still holds, but not two users or passwords.</summary>
    private (RipienoOptions Options, ConfigurationOrigins Origins) WithRedis(RipienoOptions options, ConfigurationOrigins origins, string store)
    {
        if (RedisAddress.Parse(store) is not { } address)
        {
            var found = store.Contains('@', StringComparison.Ordinal) ? "something else (not shown, it may be a secret)" : Text(store).Described;
            problems.Add(new Origin(OriginKind.CommandLine, "--store").Problem("--store", found, RedisAddress.Expected));
            return (options, origins);
        }

        var before = options.Runtime.Store;
        var redis = (before.Kind == StoreKind.Redis ? before.Redis : new()) with { Address = address, ConnectionEnv = null, Endpoints = [], SentinelService = null };
        var replaced = new List<string> { "path", "connectionEnv", "endpoints", "sentinelService" };
        if (address.Service is null)
        {
            redis = redis with { SentinelUser = null, SentinelPasswordEnv = null };
            replaced.AddRange(["sentinelUser", "sentinelPasswordEnv"]);
        }

        if (address.User is not null)
        {
            redis = redis with { User = null, UserEnv = null };
            replaced.AddRange(["user", "userEnv"]);
        }

        if (address.Password is not null)
        {
            redis = redis with { PasswordEnv = null, PasswordFile = null };
            replaced.AddRange(["passwordEnv", "passwordFile"]);
        }

        options = options with { Runtime = options.Runtime with { Store = new StoreOptions { Kind = StoreKind.Redis, Redis = redis } } };
        origins = Without(origins, key => before.Kind != StoreKind.Redis || replaced.Exists(gone => key == gone || key.StartsWith(gone + "[", StringComparison.Ordinal)));
        return (options, Set(origins, "--store", ["runtime.store.kind", "runtime.store.endpoints", .. address.Tls ? ["runtime.store.tls"] : Array.Empty<string>()]));
    }

    private static ConfigurationOrigins Without(ConfigurationOrigins origins, Func<string, bool> goes)
    {
        const string Store = "runtime.store.";
        return new(origins.ByPlace.RemoveRange(origins.ByPlace.Keys.Where(place => place.StartsWith(Store, StringComparison.Ordinal) && goes(place[Store.Length..]))));
    }

    /// <summary>More than one letter, which might be a drive.</summary>
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Scheme();

    private bool AcceptsAll(string option, Shape shape, IReadOnlyList<string> values) => values.Count(value => Accepts(option, shape, Text(value))) == values.Count;

    private bool Accepts(string option, Shape shape, SourceScalar value) =>
        shape.Check(value with { Origin = new Origin(OriginKind.CommandLine, option) }, option, problems) is not null;

    private static SourceScalar Text(string value) => new(Origin.Default, JsonValueKind.String, value);

    private static SourceScalar Number(double value) =>
        new(Origin.Default, JsonValueKind.Number, value.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<string> Agents(RipienoOptions options, string key) =>
        options.Agents.Where(agent => key != "provider" || agent.Provider is not null).Select(agent => $"agents[{agent.Id}].{key}");

    private static ConfigurationOrigins Set(ConfigurationOrigins origins, string option, IEnumerable<string> places) =>
        places.Aggregate(origins, (all, place) => all.With(place, new Origin(OriginKind.CommandLine, option)));
}
