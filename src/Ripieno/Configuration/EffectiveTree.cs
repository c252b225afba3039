using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Ripieno.Configuration;

/// <summary>Options as the tree that a config file would hold; values that are not set are left out.</summary>
internal static class EffectiveTree
{
    public static JsonObject Of(RipienoOptions options)
    {
        var runtime = options.Runtime;
        return Section(
            ("metadata", Section(("project", options.Metadata.Project), ("version", options.Metadata.Version))),
            ("runtime", Section(
                ("defaultProvider", runtime.DefaultProvider),
                ("fallbackProviders", new JsonArray([.. runtime.Fallbacks.Select(Reference)])),
                ("instance", runtime.Instance),
                ("concurrency", runtime.Concurrency),
                ("store", Store(runtime.Store)),
                ("lease", Section(("duration", DurationText.Format(runtime.Lease.Duration)), ("heartbeat", DurationText.Format(runtime.Lease.Heartbeat)))),
                ("queues", runtime.Queues.IsEmpty ? null : Texts(runtime.Queues)),
                ("runs", runtime.Runs.IsEmpty ? null : Texts(runtime.Runs)),
                ("recycleAfterSteps", runtime.RecycleAfterSteps),
                ("recycleAfterMemory", runtime.RecycleAfterMemory is { } memory ? SizeText.Format(memory) : null),
                ("recycleAfterAge", runtime.RecycleAfterAge is { } age ? DurationText.Format(age) : null),
                ("artifacts", runtime.Artifacts),
                ("logs", runtime.Logs),
                ("logsInStore", runtime.LogsInStore),
                (ProviderKind.Ollama, Server(EffectiveEndpoints.Provider(options, ProviderKind.Ollama), "host", EffectiveEndpoints.DefaultOllama)),
                (ProviderKind.OpenAI, Server(EffectiveEndpoints.Provider(options, ProviderKind.OpenAI), "endpoint", null)),
                (ProviderKind.AzureOpenAI, Azure(options)),
                (ProviderKind.GitHubModels, GitHub(options)),
                (ProviderKind.Simulated, Simulated(EffectiveEndpoints.Provider(options, ProviderKind.Simulated))),
                ("retention", Retention(runtime.Retention)),
                ("maxDeathsAlone", runtime.MaxDeathsAlone))),
            ("models", Models(options)),
            ("agents", new JsonArray([.. options.Agents.Select(Agent)])),
            ("workflows", Section([("standard", Standard(options.Workflows.Standard)), .. EffectiveWorkflows.Of(options.Workflows.Own)])),
            ("callbacks", Callbacks(options.Callbacks)),
            ("tenants", Tenants(options.Tenants)));
    }

    // Only what the kind uses; user and password of an address on the command line are in none of it.
    private static JsonObject Store(StoreOptions store) => store.Kind == StoreKind.Redis
        ? Section(
            ("kind", store.Kind),
            ("connectionEnv", store.Redis.ConnectionEnv),
            ("endpoints", (store.Redis.Address?.Endpoints ?? store.Redis.Endpoints) is { IsEmpty: false } endpoints ? Texts(endpoints) : null),
            ("sentinelService", store.Redis.Address is { } address ? address.Service : store.Redis.SentinelService),
            ("sentinelUser", store.Redis.SentinelUser),
            ("sentinelPasswordEnv", store.Redis.SentinelPasswordEnv),
            ("user", store.Redis.User),
            ("userEnv", store.Redis.UserEnv),
            ("passwordEnv", store.Redis.PasswordEnv),
            ("passwordFile", store.Redis.PasswordFile),
            ("tls", store.Redis.Tls || store.Redis.Address is { Tls: true }),
            ("certificateAuthority", store.Redis.CertificateAuthority),
            ("keyPrefix", store.Redis.KeyPrefix),
            ("partitions", store.Redis.Partitions),
            ("allowDataLoss", store.Redis.AllowDataLoss),
            ("appendFsync", store.Redis.AppendFsync),
            ("acknowledge", store.Redis.Acknowledge),
            ("maxQueued", store.MaxQueued))
        : Section(("kind", store.Kind), ("path", store.Path), ("maxQueued", store.MaxQueued));

    private static JsonObject? Retention(RetentionOptions retention)
    {
        var section = Section(
            ("succeeded", Age(retention.Succeeded)), ("failed", Age(retention.Failed)), ("cancelled", Age(retention.Cancelled)));
        return section.Count > 0 ? section : null;

        static string? Age(TimeSpan? age) => age is { } kept ? DurationText.Format(kept) : null;
    }

    private static JsonObject? Tenants(ImmutableDictionary<string, TenantOptions> tenants) => tenants.IsEmpty
        ? null
        : Section([.. tenants.OrderBy(tenant => tenant.Key, StringComparer.Ordinal).Select(tenant => (tenant.Key, (JsonNode?)Section(("weight", tenant.Value.Weight), ("maxQueued", tenant.Value.MaxQueued))))]);

    private static JsonObject? Callbacks(ImmutableDictionary<string, CallbackOptions> callbacks) => callbacks.IsEmpty
        ? null
        : Section([.. callbacks.OrderBy(callback => callback.Key, StringComparer.Ordinal).Select(callback => (callback.Key, (JsonNode?)Callback(callback.Value)))]);

    private static JsonObject Callback(CallbackOptions callback) => Section(
        ("url", Url(callback.Url)),
        ("below", callback.Url is null ? null : callback.Below),
        ("secretEnv", callback.SecretEnv),
        ("secretFile", callback.SecretFile),
        ("command", callback.Command.IsEmpty ? null : Texts(callback.Command)),
        ("timeLimit", callback.Command.IsEmpty ? null : DurationText.Format(callback.TimeLimit)));

    private static JsonObject Server(ProviderOptions provider, string host, string? defaultHost) => Section(
        (host, provider.Endpoints.IsEmpty ? Url(provider.Host) ?? defaultHost : null),
        ("endpoints", provider.Endpoints.IsEmpty ? null : new JsonArray([.. provider.Endpoints.Select(Endpoint)])),
        ("keyEnv", provider.KeyEnv),
        ("requestsPerMinute", provider.RequestsPerMinute),
        ("tokensPerMinute", provider.TokensPerMinute),
        ("concurrency", provider.Concurrency));

    // The cloud's sections say nothing to those who do not use it.
    private static JsonObject? Azure(RipienoOptions options) => IsShown(options, ProviderKind.AzureOpenAI, out var provider)
        ? Section(
            ("endpointEnv", provider.EndpointEnv),
            ("endpoint", provider.EndpointEnv is null && provider.Endpoints.IsEmpty ? Url(provider.Host) : null),
            ("endpoints", provider.Endpoints.IsEmpty ? null : new JsonArray([.. provider.Endpoints.Select(Endpoint)])),
            ("deploymentEnv", provider.DeploymentEnv),
            ("credential", provider.Credential),
            ("keyEnv", provider.KeyEnv),
            ("limit", provider.Limit),
            ("requestsPerMinute", provider.RequestsPerMinute),
            ("tokensPerMinute", provider.TokensPerMinute),
            ("concurrency", provider.Concurrency))
        : null;

    private static JsonObject? GitHub(RipienoOptions options) => IsShown(options, ProviderKind.GitHubModels, out var provider)
        ? Section(
            ("endpoint", provider.Endpoints.IsEmpty ? Url(provider.Host) ?? GitHubModels.DefaultEndpoint : null),
            ("endpoints", provider.Endpoints.IsEmpty ? null : new JsonArray([.. provider.Endpoints.Select(Endpoint)])),
            ("tokenEnv", provider.KeyEnv),
            ("limit", provider.Limit),
            ("requestsPerMinute", provider.RequestsPerMinute),
            ("tokensPerMinute", provider.TokensPerMinute),
            ("concurrency", provider.Concurrency))
        : null;

    private static bool IsShown(RipienoOptions options, string kind, out ProviderOptions provider)
    {
        provider = EffectiveEndpoints.Provider(options, kind);
        return provider != ProviderOptions.Default(kind) || EffectiveEndpoints.ProvidersNamed(options).Contains(kind, StringComparer.Ordinal);
    }

    private static JsonObject Reference(ModelReference model) => Section(("provider", model.Provider), ("model", model.Model));

    private static JsonObject Endpoint(EndpointOptions endpoint) => Section(
        ("name", endpoint.Name), ("url", Url(endpoint.Url)), ("limit", endpoint.Limit), ("requestsPerMinute", endpoint.RequestsPerMinute), ("tokensPerMinute", endpoint.TokensPerMinute), ("weight", endpoint.Weight));

    private static JsonObject Simulated(ProviderOptions provider) => Section(
        ("seed", provider.Seed),
        ("latency", DurationText.Format(provider.Latency)),
        ("revisionRate", provider.RevisionRate),
        ("concurrency", provider.Concurrency));

    // Models that agents use are shown even when no file lists them: their defaults apply.
    private static JsonObject Models(RipienoOptions options)
    {
        var models = new JsonObject();
        var used = options.Agents.Where(agent => agent.CallsModel).Select(agent => (Provider: agent.Provider ?? options.Runtime.DefaultProvider, Model: agent.DefaultModel))
            .Concat(options.Runtime.Fallbacks.Select(fallback => (fallback.Provider, fallback.Model)));
        var listed = options.Models.SelectMany(provider => provider.Value.Keys.Select(model => (Provider: provider.Key, Model: model)));
        foreach (var group in used.Concat(listed).Distinct().GroupBy(pair => pair.Provider, StringComparer.Ordinal))
        {
            var ofProvider = options.Models.GetValueOrDefault(group.Key);
            models[group.Key] = Section([.. group.OrderBy(pair => pair.Model, StringComparer.Ordinal).Select(
                pair => (pair.Model, (JsonNode?)Model(ofProvider?.GetValueOrDefault(pair.Model) ?? new ModelOptions())))]);
        }

        if (!options.Aliases.IsEmpty)
            models["aliases"] = Section([.. options.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal).Select(alias => (alias.Key, (JsonNode?)Reference(alias.Value)))]);
        return models;
    }

    private static JsonObject Model(ModelOptions model) => Section(
        ("context", model.Context), ("temperature", model.Temperature), ("parallel", model.Parallel), ("deployment", model.Deployment));

    private static JsonObject Agent(AgentOptions agent) => Section(
        ("id", agent.Id),
        ("provider", agent.Provider),
        ("defaultModel", agent.DefaultModel),
        ("prompt", agent.Prompt),
        ("outputs", Texts(agent.Outputs)),
        ("requires", Texts(agent.Requires)),
        ("cache", agent.Cache),
        ("queue", agent.Queue),
        ("code", agent.Code ? true : null));

    private static JsonObject Standard(StandardWorkflowOptions workflow) => Section(
        ("maxRevisions", workflow.MaxRevisions),
        ("maxAttempts", workflow.MaxAttempts),
        ("timeLimit", DurationText.Format(workflow.TimeLimit)),
        ("maxSteps", workflow.MaxSteps),
        ("callbacks", workflow.Callbacks.IsEmpty ? null : Texts(workflow.Callbacks)),
        ("onFailure", WorkflowKeys.FailureName(workflow.StopOnFailure)));

    private static string? Url(Uri? url) => url?.OriginalString;

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    public static JsonObject Section(params ReadOnlySpan<(string Key, JsonNode? Value)> members)
    {
        var section = new JsonObject();
        foreach (var (key, value) in members)
        {
            if (value is not null)
                section[key] = value;
        }

        return section;
    }
}
