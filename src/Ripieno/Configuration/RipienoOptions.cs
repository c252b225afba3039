using System.Collections.Immutable;
using Ripieno.Models;
using Ripieno.Runs;

namespace Ripieno.Configuration;

/// <summary>The whole configuration, after defaults, <c>extends</c>, the file, environment and command line were merged in that order.</summary>
internal sealed record RipienoOptions
{
    public MetadataOptions Metadata { get; init; } = new();

    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Model options by provider, then by model name. A model used but not listed gets <see cref="ModelOptions"/>'s defaults.</summary>
    public ImmutableDictionary<string, ImmutableDictionary<string, ModelOptions>> Models { get; init; } =
        ImmutableDictionary<string, ImmutableDictionary<string, ModelOptions>>.Empty;

    /// <summary>Names that stand for a model of a provider. <see cref="ModelAliases"/> puts the models in their places.</summary>
    public ImmutableDictionary<string, ModelReference> Aliases { get; init; } = ImmutableDictionary.Create<string, ModelReference>(StringComparer.Ordinal);

    public ImmutableArray<AgentOptions> Agents { get; init; } = [];

    public WorkflowsOptions Workflows { get; init; } = new();

    /// <summary>Who may be told that a run has ended, by name.</summary>
    public ImmutableDictionary<string, CallbackOptions> Callbacks { get; init; } = ImmutableDictionary.Create<string, CallbackOptions>(StringComparer.Ordinal);

    /// <summary>Shares of tenants, by their names. A tenant that is not listed has <see cref="TenantOptions"/>'s defaults.</summary>
    public ImmutableDictionary<string, TenantOptions> Tenants { get; init; } = ImmutableDictionary.Create<string, TenantOptions>(StringComparer.Ordinal);
}

/// <summary>A model by provider and name; or by an alias that is still to be looked up, and then both are empty.</summary>
internal sealed record ModelReference(string Provider, string Model, string? Alias = null);

internal sealed record TenantOptions
{
    /// <summary>Share among tenants whose runs wait at the same priority, from 1, however many runs each has. Goes with a run when it is accepted.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>
    /// Runs of the tenant that have not ended at which further ones are refused; null = any number. Runs and not steps: how many steps a run will have is not known when it is submitted.
    /// </summary>
    public int? MaxQueued { get; init; }
}

internal sealed record MetadataOptions
{
    public string Project { get; init; } = "ripieno";

    public string Version { get; init; } = "1.0.0";
}

internal sealed record RuntimeOptions
{
    /// <summary>Provider used by agents that name none.</summary>
    public string DefaultProvider { get; init; } = "ollama";

    /// <summary>Models that are asked, in this order, when an agent's own cannot be had.</summary>
    public ImmutableArray<ModelReference> Fallbacks { get; init; } = [];

    /// <summary>Id of the instance; <c>INSTANCE_ID</c> overrides it. Null = host and pid. Of one file one process can run at a time then.</summary>
    public string? Instance { get; init; }

    /// <summary>Slots of the instance: steps it executes at once. Default: the sum of its providers' concurrency.</summary>
    public int? Concurrency { get; init; }

    public StoreOptions Store { get; init; } = new();

    /// <summary>Settings of each provider, by kind.</summary>
    public ImmutableDictionary<string, ProviderOptions> Providers { get; init; } = ImmutableDictionary<string, ProviderOptions>.Empty;

    public LeaseOptions Lease { get; init; } = new();

    /// <summary>Queues that a worker of this configuration serves; empty = all that the configuration names.</summary>
    public ImmutableArray<string> Queues { get; init; } = [];

    /// <summary>Patterns of ids of the runs that a worker takes steps of; empty = of any.</summary>
    public ImmutableArray<string> Runs { get; init; } = [];

    /// <summary>Steps after which a worker makes room for a fresh process; null = never for that reason.</summary>
    public int? RecycleAfterSteps { get; init; }

    /// <summary>Resident memory of a worker's process, in bytes, above which it makes room for a fresh one; null = never for that reason.</summary>
    public long? RecycleAfterMemory { get; init; }

    /// <summary>Age at which a worker makes room for a fresh process; null = never for that reason.</summary>
    public TimeSpan? RecycleAfterAge { get; init; }

    /// <summary>Folder of exported artifacts, relative to the project folder.</summary>
    public string Artifacts { get; init; } = "artifacts";

    /// <summary>Folder of log files, relative to the project folder.</summary>
    public string Logs { get; init; } = "logs";

    /// <summary>
    /// What instances log about a run is also kept in the store, the newest lines of each, so that <c>ripieno logs</c> shows all instances from any machine. False saves some 0.15 KB in the store for each step,
    /// and <c>logs</c> then shows what this machine wrote.
    /// </summary>
    public bool LogsInStore { get; init; } = true;

    public RetentionOptions Retention { get; init; } = new();

    /// <summary>
    /// Instances that a step of a new run may end while it executes alone; then it is given up. 2: one such death may still be someone else's fault. Lower gives up
    /// on healthy steps of a machine that is killed often, higher restarts more instances for a step that kills them.
    /// </summary>
    public int MaxDeathsAlone { get; init; } = 2;
}

/// <summary>
/// How long ended runs are kept, by how they ended, counted from their end. Null, the default, is for ever: nobody loses results without having asked for it.
/// </summary>
internal sealed record RetentionOptions
{
    public TimeSpan? Succeeded { get; init; }

    public TimeSpan? Failed { get; init; }

    public TimeSpan? Cancelled { get; init; }
}

internal sealed record StoreOptions
{
    /// <summary>One of <see cref="StoreKind"/>.</summary>
    public string Kind { get; init; } = StoreKind.Sqlite;

    /// <summary>SQLite: the database file, relative to the project folder. Must not lie on a network file system.</summary>
    public string Path { get; init; } = "data/ripieno.db";

    /// <summary>Open steps in the store at which submissions are refused; null = any number, with Redis until memory is short.</summary>
    public int? MaxQueued { get; init; }

    public RedisOptions Redis { get; init; } = new();
}

/// <summary>Where a Redis is and how to talk to it. Holds names of variables and files, which <see cref="EffectiveStore"/> reads.</summary>
internal sealed record RedisOptions
{
    /// <summary>Address on the command line, in place of <see cref="ConnectionEnv"/> and <see cref="Endpoints"/>; the only one that may hold user and password.</summary>
    public RedisAddress? Address { get; init; }

    /// <summary>Name of the environment variable that holds the address; null = <see cref="Endpoints"/>.</summary>
    public string? ConnectionEnv { get; init; }

    /// <summary>Each <c>host</c> or <c>host:port</c>: one server, or some of a Cluster; with <see cref="SentinelService"/> the Sentinels.</summary>
    public ImmutableArray<string> Endpoints { get; init; } = [];

    /// <summary>The name under which Sentinels know the servers; null = <see cref="Endpoints"/> are the servers.</summary>
    public string? SentinelService { get; init; }

    /// <summary>ACL user of the Sentinels; null = their default user.</summary>
    public string? SentinelUser { get; init; }

    /// <summary>Name of the variable that holds the Sentinels' password; null = they ask for none.</summary>
    public string? SentinelPasswordEnv { get; init; }

    /// <summary>ACL user; null = <see cref="UserEnv"/>, the address's, or the default user.</summary>
    public string? User { get; init; }

    public string? UserEnv { get; init; }

    public string? PasswordEnv { get; init; }

    /// <summary>File whose first line is the password, relative to the project folder.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Encrypt, whatever the address says.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file of the authority that signed the server's certificate, relative to the project folder; null = those that the machine trusts.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Beginning of all keys, so that several stores may share a server. A different one is a different store.</summary>
    public string KeyPrefix { get; init; } = "ripieno";

    /// <summary>Parts of a new store, which a Cluster can place on different nodes; null = 1 on one server, 16 on a Cluster. A store keeps what it was made with.</summary>
    public int? Partitions { get; init; }

    /// <summary>Accept a server that may lose what was acknowledged.</summary>
    public bool AllowDataLoss { get; init; }

    /// <summary>What the operator states about a server that does not let its settings be read: <c>always</c> or <c>everysec</c>; null = ask the server.</summary>
    public string? AppendFsync { get; init; }

    /// <summary>Who must have a commit before it is acknowledged: <c>local</c> or <c>replica</c>.</summary>
    public string Acknowledge { get; init; } = "local";
}

internal sealed record LeaseOptions
{
    /// <summary>
    /// How long an instance may be silent before its steps are given to another. 30 s = three missed heartbeats of 10 s;
    /// shorter executes steps twice when a machine stalls, longer delays the recovery from a lost machine.
    /// </summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often leases are renewed and cancellations noticed; at most a third of <see cref="Duration"/>.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>One provider: either a single host or a list of endpoints.</summary>
internal sealed record ProviderOptions
{
    /// <summary>Calls that one instance makes to this provider at once.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>The lone endpoint's URL (<c>host</c> for Ollama, <c>endpoint</c> for OpenAI-compatible servers).</summary>
    public Uri? Host { get; init; }

    public ImmutableArray<EndpointOptions> Endpoints { get; init; } = [];

    /// <summary>Calls that a lone endpoint accepts from all instances together; null = as <see cref="EffectiveEndpoints"/> decides.</summary>
    public int? Limit { get; init; }

    /// <summary>Requests to a lone endpoint from all instances together, in any 60 s; null = any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens of a lone endpoint's calls, from all instances together, in any 60 s; null = any number.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Name of the environment variable that holds the key; null = no key is sent.</summary>
    public string? KeyEnv { get; init; }

    /// <summary>Azure only: name of the environment variable that holds the URL; what is in it becomes <see cref="Host"/>.</summary>
    public string? EndpointEnv { get; init; }

    /// <summary>Azure only: name of the environment variable that holds the deployment of models which name none of their own.</summary>
    public string? DeploymentEnv { get; init; }

    /// <summary>Azure only: what <see cref="DeploymentEnv"/> holds.</summary>
    public string? Deployment { get; init; }

    /// <summary>Azure only: <see cref="AzureOpenAI.EntraId"/> or <see cref="AzureOpenAI.Key"/>.</summary>
    public string? Credential { get; init; }

    /// <summary>Simulated provider only: seed of its answers, so that a run can be repeated exactly.</summary>
    public int Seed { get; init; } = 2;

    /// <summary>Simulated provider only: time that one call takes, on average.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Simulated provider only: share of reviews that ask for a revision, 0 to 1.</summary>
    public double RevisionRate { get; init; } = 0.25;

    /// <summary>What applies to a kind of which nothing is said.</summary>
    public static ProviderOptions Default(string kind) => kind switch
    {
        ProviderKind.AzureOpenAI => new() { EndpointEnv = AzureOpenAI.EndpointVariable, Credential = AzureOpenAI.EntraId },
        ProviderKind.GitHubModels => new() { KeyEnv = GitHubModels.TokenVariable },
        _ => new(),
    };
}

internal sealed record EndpointOptions
{
    public required string Name { get; init; }

    public required Uri Url { get; init; }

    /// <summary>Calls that the endpoint accepts from all instances together; null = not limited.</summary>
    public int? Limit { get; init; }

    /// <summary>Requests from all instances together, in any 60 s; null = any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens, of prompts and answers, from all instances together, in any 60 s; null = any number.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Share of the calls relative to the other endpoints.</summary>
    public double Weight { get; init; } = 1;
}

internal sealed record ModelOptions
{
    /// <summary>Context window in tokens. 8192 fits the guide's smallest machine; a larger one costs memory on the model's host.</summary>
    public int Context { get; init; } = 8192;

    public double Temperature { get; init; } = 0.4;

    /// <summary>False = a request for this model is alone on its endpoint.</summary>
    public bool Parallel { get; init; } = true;

    /// <summary>Azure only: name of the deployment that serves the model; null = the provider's default deployment, or else the model's name.</summary>
    public string? Deployment { get; init; }

    /// <summary>What is said of a model; <c>llama3.2</c> means <c>llama3.2:latest</c> and the other way round.</summary>
    public static ModelOptions Of(RipienoOptions options, string provider, string model)
    {
        var listed = options.Models.GetValueOrDefault(provider) ?? ImmutableDictionary<string, ModelOptions>.Empty;
        return listed.GetValueOrDefault(model)
            ?? listed.OrderBy(pair => pair.Key, StringComparer.Ordinal).FirstOrDefault(pair => InstalledModel.SameName(pair.Key, model)).Value
            ?? new ModelOptions();
    }
}

internal sealed record AgentOptions
{
    public required string Id { get; init; }

    /// <summary>Provider; null = <see cref="RuntimeOptions.DefaultProvider"/>.</summary>
    public string? Provider { get; init; }

    public string DefaultModel { get; init; } = "llama3.2";

    /// <summary>Prompt file, relative to the project folder; null = the built-in prompt of that agent.</summary>
    public string? Prompt { get; init; }

    public ImmutableArray<string> Outputs { get; init; } = [];

    public ImmutableArray<string> Requires { get; init; } = [];

    /// <summary>Answers may be taken from the cache. Accepted already; it has an effect once the cache is there.</summary>
    public bool Cache { get; init; }

    /// <summary>Queue on which the agent's steps wait.</summary>
    public string Queue { get; init; } = StepClass.DefaultQueue;

    /// <summary>It is code of a program that registers it; only workers of such programs do its steps. With a <see cref="Provider"/> the code may call the model.</summary>
    public bool Code { get; init; }

    /// <summary>False for code that was given no model.</summary>
    public bool CallsModel => !Code || Provider is not null;
}

internal sealed record WorkflowsOptions
{
    public StandardWorkflowOptions Standard { get; init; } = new();

    /// <summary>The user's own, by name.</summary>
    public ImmutableDictionary<string, WorkflowOptions> Own { get; init; } = NoneOwn;

    private static readonly ImmutableDictionary<string, WorkflowOptions> NoneOwn = ImmutableDictionary.Create<string, WorkflowOptions>(StringComparer.Ordinal);
}

/// <summary>Settings of the built-in workflow <c>standard</c>: plan, execute, review, summary.</summary>
internal sealed record StandardWorkflowOptions
{
    /// <summary>Times that a reviewer may send a task back; after that the task fails with the reviewer's last notes.</summary>
    public int MaxRevisions { get; init; } = 2;

    /// <summary>Tries of a step whose model call fails (5xx, broken stream, time limit). Waiting for an endpoint costs none.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>Time limit of one try, without the time in which its calls wait for their turn. 15 min: a 7B model on a CPU needs minutes for a long answer.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Bound on the steps of one run, against a plan that explodes.</summary>
    public int MaxSteps { get; init; } = 10_000;

    /// <summary>Callbacks of all its submitted runs.</summary>
    public ImmutableArray<string> Callbacks { get; init; } = [];

    /// <summary>Once a task has failed no other is begun; the summary is written in any case. False: the other tasks are done all the same.</summary>
    public bool StopOnFailure { get; init; }
}
