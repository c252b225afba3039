using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Ripieno.Configuration.Shapes;
using Ripieno.Documents;
using Ripieno.Workflows;

namespace Ripieno.Configuration;

/// <summary>Turns a checked tree into options. The shapes have refused everything that could fail here.</summary>
internal static class ConfigurationBinder
{
    public static RipienoOptions Bind(SourceObject root)
    {
        var defaults = BuiltInConfiguration.Options;
        return new RipienoOptions
        {
            Metadata = new MetadataOptions
            {
                Project = Text(root["metadata"], "project") ?? defaults.Metadata.Project,
                Version = Text(root["metadata"], "version") ?? defaults.Metadata.Version,
            },
            Runtime = Runtime(root["runtime"], defaults.Runtime),
            Models = Models(root["models"] as SourceObject),
            Aliases = (root["models"] as SourceObject)?["aliases"] is SourceObject aliases
                ? aliases.Members.ToImmutableDictionary(alias => alias.Key, alias => Reference(alias.Value), StringComparer.Ordinal)
                : defaults.Aliases,
            Agents = Agents(root["agents"] as SourceArray, defaults.Agents),
            Workflows = new WorkflowsOptions
            {
                Standard = Standard(Member(root["workflows"], StandardWorkflow.Name), defaults.Workflows.Standard),
                Own = defaults.Workflows.Own.AddRange(
                    ((root["workflows"] as SourceObject)?.Members ?? new Dictionary<string, SourceNode>()).Where(workflow => workflow.Key != StandardWorkflow.Name)
                    .Select(workflow => KeyValuePair.Create(workflow.Key, Workflow(workflow.Value)))),
            },
            Callbacks = (root["callbacks"] as SourceObject)?.Members.ToImmutableDictionary(callback => callback.Key, callback => Callback(callback.Value), StringComparer.Ordinal)
                ?? defaults.Callbacks,
            Tenants = (root["tenants"] as SourceObject)?.Members.ToImmutableDictionary(tenant => tenant.Key, tenant => Tenant(tenant.Value), StringComparer.Ordinal)
                ?? defaults.Tenants,
        };
    }

    private static RuntimeOptions Runtime(SourceNode? node, RuntimeOptions defaults) => defaults with
    {
        DefaultProvider = Text(node, "defaultProvider") ?? defaults.DefaultProvider,
        Fallbacks = Items(Member(node, "fallbackProviders"), Reference),
        Instance = Text(node, "instance"),
        Concurrency = Int(node, "concurrency"),
        Queues = Items(Member(node, "queues"), item => item.Text!),
        Runs = Items(Member(node, "runs"), item => item.Text!),
        RecycleAfterSteps = Int(node, "recycleAfterSteps"),
        RecycleAfterMemory = Size(node, "recycleAfterMemory"),
        RecycleAfterAge = Duration(node, "recycleAfterAge"),
        Artifacts = Text(node, "artifacts") ?? defaults.Artifacts,
        Logs = Text(node, "logs") ?? defaults.Logs,
        LogsInStore = Flag(node, "logsInStore") ?? defaults.LogsInStore,
        Store = Store(Member(node, "store"), defaults.Store),
        Lease = new LeaseOptions
        {
            Duration = Duration(Member(node, "lease"), "duration") ?? defaults.Lease.Duration,
            Heartbeat = Duration(Member(node, "lease"), "heartbeat") ?? defaults.Lease.Heartbeat,
        },
        Providers = ProviderKind.Usable.ToImmutableDictionary(kind => kind, kind => Provider(kind, Member(node, kind)), StringComparer.Ordinal),
        Retention = Retention(Member(node, "retention")),
        MaxDeathsAlone = Int(node, "maxDeathsAlone") ?? defaults.MaxDeathsAlone,
    };

    private static StoreOptions Store(SourceNode? node, StoreOptions defaults) => new()
    {
        Kind = Text(node, "kind") ?? defaults.Kind,
        Path = Text(node, "path") ?? defaults.Path,
        Redis = new RedisOptions
        {
            ConnectionEnv = Text(node, "connectionEnv"),
            Endpoints = Items(Member(node, "endpoints"), item => item.Text!),
            SentinelService = Text(node, "sentinelService"),
            SentinelUser = Text(node, "sentinelUser"),
            SentinelPasswordEnv = Text(node, "sentinelPasswordEnv"),
            User = Text(node, "user"),
            UserEnv = Text(node, "userEnv"),
            PasswordEnv = Text(node, "passwordEnv"),
            PasswordFile = Text(node, "passwordFile"),
            Tls = Flag(node, "tls") ?? defaults.Redis.Tls,
            CertificateAuthority = Text(node, "certificateAuthority"),
            KeyPrefix = Text(node, "keyPrefix") ?? defaults.Redis.KeyPrefix,
            Partitions = Int(node, "partitions"),
            AllowDataLoss = Flag(node, "allowDataLoss") ?? defaults.Redis.AllowDataLoss,
            AppendFsync = Text(node, "appendFsync"),
            Acknowledge = Text(node, "acknowledge") ?? defaults.Redis.Acknowledge,
        },
        MaxQueued = Int(node, "maxQueued"),
    };

    private static RetentionOptions Retention(SourceNode? node) => new()
    {
        Succeeded = Duration(node, "succeeded"),
        Failed = Duration(node, "failed"),
        Cancelled = Duration(node, "cancelled"),
    };

    private static TenantOptions Tenant(SourceNode node) => new() { Weight = Int(node, "weight") ?? new TenantOptions().Weight, MaxQueued = Int(node, "maxQueued") };

    private static ModelReference Reference(SourceNode node) =>
        node.Text is { } alias ? new("", "", alias) : new(Text(node, "provider")!, Text(node, "model")!);

    private static CallbackOptions Callback(SourceNode node)
    {
        var defaults = new CallbackOptions();
        return new CallbackOptions
        {
            Url = Text(node, "url") is { } url ? new Uri(url) : null,
            Below = Flag(node, "below") ?? defaults.Below,
            SecretEnv = Text(node, "secretEnv"),
            SecretFile = Text(node, "secretFile"),
            Command = Items(Member(node, "command"), item => item.Text!),
            TimeLimit = Duration(node, "timeLimit") ?? defaults.TimeLimit,
        };
    }

    private static ProviderOptions Provider(string kind, SourceNode? node)
    {
        var defaults = ProviderOptions.Default(kind);
        var options = new ProviderOptions
        {
            Concurrency = Int(node, "concurrency") ?? defaults.Concurrency,
            Host = (Text(node, "host") ?? Text(node, "endpoint")) is { } url ? new Uri(url) : null,
            Endpoints = Items(Member(node, "endpoints"), Endpoint),
            Limit = Int(node, "limit"),
            RequestsPerMinute = Int(node, "requestsPerMinute"),
            TokensPerMinute = Int(node, "tokensPerMinute"),
            KeyEnv = Text(node, ProviderKind.KeyOf(kind)) ?? defaults.KeyEnv,
            EndpointEnv = Text(node, "endpointEnv"),
            DeploymentEnv = Text(node, "deploymentEnv"),
            Credential = Text(node, "credential"),
            Seed = Int(node, "seed") ?? defaults.Seed,
            Latency = Duration(node, "latency") ?? defaults.Latency,
            RevisionRate = Number(node, "revisionRate") ?? defaults.RevisionRate,
        };
        return kind == ProviderKind.AzureOpenAI ? Azure(options, defaults) : options;
    }

    private static ProviderOptions Azure(ProviderOptions options, ProviderOptions defaults)
    {
        // Whoever names a variable for the key means to use it.
        var credential = options.Credential ?? (options.KeyEnv is null ? defaults.Credential : AzureOpenAI.Key);
        return options with
        {
            Credential = credential,
            KeyEnv = options.KeyEnv ?? (credential == AzureOpenAI.Key ? AzureOpenAI.KeyVariable : null),
            EndpointEnv = options.EndpointEnv ?? (options.Host is null && options.Endpoints.IsEmpty ? defaults.EndpointEnv : null),
        };
    }

    private static EndpointOptions Endpoint(SourceNode node) => new()
    {
        Name = Text(node, "name")!,
        Url = new Uri(Text(node, "url")!),
        Limit = Int(node, "limit"),
        RequestsPerMinute = Int(node, "requestsPerMinute"),
        TokensPerMinute = Int(node, "tokensPerMinute"),
        Weight = Number(node, "weight") ?? 1,
    };

    private static ImmutableDictionary<string, ImmutableDictionary<string, ModelOptions>> Models(SourceObject? node) =>
        ProviderKind.Usable
            .Where(kind => node?[kind] is SourceObject)
            .ToImmutableDictionary(
                kind => kind,
                kind => ((SourceObject)node![kind]!).Members.ToImmutableDictionary(model => model.Key, model => Model(model.Value), StringComparer.Ordinal),
                StringComparer.Ordinal);

    private static ModelOptions Model(SourceNode node)
    {
        var defaults = new ModelOptions();
        return new ModelOptions
        {
            Context = Int(node, "context") ?? defaults.Context,
            Temperature = Number(node, "temperature") ?? defaults.Temperature,
            Parallel = Flag(node, "parallel") ?? defaults.Parallel,
            Deployment = Text(node, "deployment"),
        };
    }

    private static ImmutableArray<AgentOptions> Agents(SourceArray? nodes, ImmutableArray<AgentOptions> builtIn)
    {
        var agents = builtIn.ToList();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes?.Items ?? [])
        {
            var id = Text(node, "id")!;
            var at = taken.Add(id) ? agents.FindIndex(agent => agent.Id == id) : -1;
            if (at < 0)
                agents.Add(Agent(node, new AgentOptions { Id = id }));
            else
                agents[at] = Agent(node, agents[at]);
        }

        return [.. agents];
    }

    private static AgentOptions Agent(SourceNode node, AgentOptions defaults) => defaults with
    {
        Provider = Text(node, "provider") ?? defaults.Provider,
        DefaultModel = Text(node, "defaultModel") ?? defaults.DefaultModel,
        Prompt = Text(node, "prompt") ?? defaults.Prompt,
        Outputs = Member(node, "outputs") is { } outputs ? Items(outputs, item => item.Text!) : defaults.Outputs,
        Requires = Member(node, "requires") is { } requires ? Items(requires, item => item.Text!) : defaults.Requires,
        Cache = Flag(node, "cache") ?? defaults.Cache,
        Queue = Text(node, "queue") ?? defaults.Queue,
        Code = Flag(node, "code") ?? defaults.Code,
    };

    private static StandardWorkflowOptions Standard(SourceNode? node, StandardWorkflowOptions defaults) => new()
    {
        MaxRevisions = Int(node, "maxRevisions") ?? defaults.MaxRevisions,
        MaxAttempts = Int(node, "maxAttempts") ?? defaults.MaxAttempts,
        TimeLimit = Duration(node, "timeLimit") ?? defaults.TimeLimit,
        MaxSteps = Int(node, "maxSteps") ?? defaults.MaxSteps,
        Callbacks = Items(Member(node, "callbacks"), item => item.Text!),
        StopOnFailure = WorkflowKeys.StopsOnFailure(Text(node, "onFailure")),
    };

    private static WorkflowOptions Workflow(SourceNode node)
    {
        var defaults = new WorkflowOptions();
        return new WorkflowOptions
        {
            Description = Text(node, "description") ?? defaults.Description,
            MaxSteps = Int(node, "maxSteps") ?? defaults.MaxSteps,
            MaxParallel = Int(node, "maxParallel") ?? defaults.MaxParallel,
            StopOnFailure = WorkflowKeys.StopsOnFailure(Text(node, "onFailure")),
            Priority = Int(node, "priority") ?? defaults.Priority,
            Callbacks = Items(Member(node, "callbacks"), item => item.Text!),
            Steps = Items(Member(node, "steps"), WorkflowStep),
        };
    }

    private static WorkflowStepOptions WorkflowStep(SourceNode node)
    {
        var defaults = new WorkflowStepOptions { Id = Text(node, "id")! };
        return defaults with
        {
            Agent = Text(node, "agent"),
            Steps = Items(Member(node, "steps"), WorkflowStep),
            Prompt = Lines(node, "prompt") ?? defaults.Prompt,
            Input = (Member(node, "input") as SourceObject)?.Members.ToImmutableDictionary(text => text.Key, text => LinesShape.Text(text.Value)!, StringComparer.Ordinal) ?? defaults.Input,
            Answer = AnswerFormatShape.Of(Member(node, "answer")),
            File = Lines(node, "file"),
            Review = Member(node, "review") is { } review ? Review(review) : null,
            Approval = Member(node, "approval") is { } approval ? Approval(approval) : null,
            ForEach = Text(node, "forEach"),
            ItemsDependOn = Text(node, "itemsDependOn"),
            When = Text(node, "when"),
            DependsOn = Items(Member(node, "dependsOn"), item => item.Text!),
            Trigger = WorkflowKeys.TriggerOf(Text(node, "trigger")),
            Queue = Text(node, "queue"),
            Priority = Int(node, "priority") ?? defaults.Priority,
            Retry = new(
                Int(Member(node, "retry"), "maxAttempts") ?? defaults.Retry.MaxAttempts,
                Duration(Member(node, "retry"), "firstDelay") ?? defaults.Retry.FirstDelay,
                Duration(Member(node, "retry"), "maxDelay") ?? defaults.Retry.MaxDelay),
            TimeLimit = Duration(node, "timeLimit") ?? defaults.TimeLimit,
        };
    }

    private static WorkflowReviewOptions Review(SourceNode node)
    {
        var defaults = new WorkflowReviewOptions { Agent = Text(node, "agent")! };
        return defaults with { Prompt = Lines(node, "prompt") ?? defaults.Prompt, MaxRevisions = Int(node, "maxRevisions") ?? defaults.MaxRevisions };
    }

    private static WorkflowApprovalOptions Approval(SourceNode node) => new()
    {
        Prompt = Lines(node, "prompt") ?? "",
        TimeLimit = Duration(node, "timeLimit"),
        ApprovedByDefault = Text(node, "default") == WorkflowKeys.Decisions[0],
        RejectedGoesOn = Text(node, "onReject") == WorkflowKeys.Rejections[1],
    };

    private static string? Lines(SourceNode? node, string key) => LinesShape.Text(Member(node, key));

    private static SourceNode? Member(SourceNode? node, string key) => (node as SourceObject)?[key];

    private static string? Text(SourceNode? node, string key) => Member(node, key)?.Text;

    private static string? Raw(SourceNode? node, string key) => (Member(node, key) as SourceScalar)?.Value;

    private static int? Int(SourceNode? node, string key) =>
        Raw(node, key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static double? Number(SourceNode? node, string key) =>
        Raw(node, key) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static bool? Flag(SourceNode? node, string key) =>
        Member(node, key) is SourceScalar scalar ? scalar.Kind == JsonValueKind.True : null;

    private static TimeSpan? Duration(SourceNode? node, string key) =>
        Text(node, key) is { } text && DurationText.TryParse(text, out var duration) ? duration : null;

    private static long? Size(SourceNode? node, string key) =>
        Text(node, key) is { } text && SizeText.TryParse(text, out var bytes) ? bytes : null;

    private static ImmutableArray<T> Items<T>(SourceNode? node, Func<SourceNode, T> read) =>
        node is SourceArray array ? [.. array.Items.Select(read)] : [];
}
