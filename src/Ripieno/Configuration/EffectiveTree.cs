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
                ("concurrency", runtime.Concurrency),
                ("store", Store(runtime.Store)),
                ("lease", Section(("duration", DurationText.Format(runtime.Lease.Duration)), ("heartbeat", DurationText.Format(runtime.Lease.Heartbeat)))),
                ("recycleAfterSteps", runtime.RecycleAfterSteps),
                ("recycleAfterMemory", runtime.RecycleAfterMemory is { } memory ? SizeText.Format(memory) : null),
                ("recycleAfterAge", runtime.RecycleAfterAge is { } age ? DurationText.Format(age) : null),
                ("artifacts", runtime.Artifacts),
                ("logs", runtime.Logs),
                (ProviderKind.Ollama, Server(EffectiveEndpoints.Provider(options, ProviderKind.Ollama), "host", EffectiveEndpoints.DefaultOllama)),
                (ProviderKind.OpenAI, Server(EffectiveEndpoints.Provider(options, ProviderKind.OpenAI), "endpoint", null)),
                (ProviderKind.Simulated, Simulated(EffectiveEndpoints.Provider(options, ProviderKind.Simulated))),
                ("retention", Retention(runtime.Retention)),
                ("maxDeathsAlone", runtime.MaxDeathsAlone))),
            ("models", Models(options)),
            ("agents", new JsonArray([.. options.Agents.Select(Agent)])),
            ("workflows", Section([("standard", Standard(options.Workflows.Standard)), .. EffectiveWorkflows.Of(options.Workflows.Own)])),
            ("tenants", Tenants(options.Tenants)));
    }

    // Only what the kind uses; user and password of an address on the command line are in none of it.
    private static JsonObject Store(StoreOptions store) => store.Kind == StoreKind.Redis
        ? Section(
            ("kind", store.Kind),
            ("connectionEnv", store.Redis.ConnectionEnv),
            ("endpoints", (store.Redis.Address?.Endpoints ?? store.Redis.Endpoints) is { IsEmpty: false } endpoints ? Texts(endpoints) : null),
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
            ("maxQueued", store.Redis.MaxQueued))
        : Section(("kind", store.Kind), ("path", store.Path));

    private static JsonObject? Retention(RetentionOptions retention)
    {
        var section = Section(
            ("succeeded", Age(retention.Succeeded)), ("failed", Age(retention.Failed)), ("cancelled", Age(retention.Cancelled)));
        return section.Count > 0 ? section : null;

        static string? Age(TimeSpan? age) => age is { } kept ? DurationText.Format(kept) : null;
    }

    private static JsonObject? Tenants(ImmutableDictionary<string, TenantOptions> tenants) => tenants.IsEmpty
        ? null
        : Section([.. tenants.OrderBy(tenant => tenant.Key, StringComparer.Ordinal).Select(tenant => (tenant.Key, (JsonNode?)Section(("weight", tenant.Value.Weight))))]);

    private static JsonObject Server(ProviderOptions provider, string host, string? defaultHost) => Section(
        (host, provider.Endpoints.IsEmpty ? Url(provider.Host) ?? defaultHost : null),
        ("endpoints", provider.Endpoints.IsEmpty ? null : new JsonArray([.. provider.Endpoints.Select(Endpoint)])),
        ("keyEnv", provider.KeyEnv),
        ("concurrency", provider.Concurrency));

    private static JsonObject Endpoint(EndpointOptions endpoint) => Section(
        ("name", endpoint.Name), ("url", Url(endpoint.Url)), ("limit", endpoint.Limit), ("weight", endpoint.Weight));

    private static JsonObject Simulated(ProviderOptions provider) => Section(
        ("seed", provider.Seed),
        ("latency", DurationText.Format(provider.Latency)),
        ("revisionRate", provider.RevisionRate),
        ("concurrency", provider.Concurrency));

    // Models that agents use are shown even when no file lists them: their defaults apply.
    private static JsonObject Models(RipienoOptions options)
    {
        var models = new JsonObject();
        var used = options.Agents.Select(agent => (Provider: agent.Provider ?? options.Runtime.DefaultProvider, Model: agent.DefaultModel));
        var listed = options.Models.SelectMany(provider => provider.Value.Keys.Select(model => (Provider: provider.Key, Model: model)));
        foreach (var group in used.Concat(listed).Distinct().GroupBy(pair => pair.Provider, StringComparer.Ordinal))
        {
            var ofProvider = options.Models.GetValueOrDefault(group.Key);
            models[group.Key] = Section([.. group.OrderBy(pair => pair.Model, StringComparer.Ordinal).Select(
                pair => (pair.Model, (JsonNode?)Model(ofProvider?.GetValueOrDefault(pair.Model) ?? new ModelOptions())))]);
        }

        return models;
    }

    private static JsonObject Model(ModelOptions model) => Section(
        ("context", model.Context), ("temperature", model.Temperature), ("parallel", model.Parallel));

    private static JsonObject Agent(AgentOptions agent) => Section(
        ("id", agent.Id),
        ("provider", agent.Provider),
        ("defaultModel", agent.DefaultModel),
        ("prompt", agent.Prompt),
        ("outputs", Texts(agent.Outputs)),
        ("requires", Texts(agent.Requires)),
        ("cache", agent.Cache),
        ("queue", agent.Queue));

    private static JsonObject Standard(StandardWorkflowOptions workflow) => Section(
        ("maxRevisions", workflow.MaxRevisions),
        ("maxAttempts", workflow.MaxAttempts),
        ("timeLimit", DurationText.Format(workflow.TimeLimit)),
        ("maxSteps", workflow.MaxSteps),
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
