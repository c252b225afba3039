using System.Text.Json.Nodes;
using Ripieno.Configuration.Shapes;

namespace Ripieno.Configuration;

/// <summary>
/// Every key of the config file in one table: what it may hold, its unit and its default. The loader checks files with it, and
/// <c>config/agents.config.schema.json</c> is made from it (a test compares the two).
/// </summary>
internal static class ConfigurationKeys
{
    private static readonly ModelOptions Model = new();
    private static readonly ProviderOptions Provider = new();
    private static readonly RuntimeOptions Runtime = new();
    private static readonly StandardWorkflowOptions Standard = new();
    private static readonly IReadOnlyList<Key> Redis = RedisKeys();

    public static ChoiceShape ProviderName { get; } = new(ProviderKind.Usable, [], "");

    public static NumberShape Context { get; } = new(512, 10_000_000, Whole: true);

    public static NumberShape Temperature { get; } = new(0, 2, Whole: false);

    public static NumberShape Concurrency { get; } = new(1, 1024, Whole: true);

    /// <summary>Keys of the store that exclude each other.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> StoreRivals { get; } = [["connectionEnv", "endpoints"], ["connectionEnv", "sentinelService"], ["user", "userEnv"], ["passwordEnv", "passwordFile"]];

    /// <summary>Names of the keys that only a Redis store has.</summary>
    public static IReadOnlyList<string> RedisOnly => [.. Redis.Select(key => key.Name)];

    /// <summary>Listed endpoints have rates of their own.</summary>
    private static string[][] RatesOfLone => [["endpoints", "requestsPerMinute"], ["endpoints", "tokensPerMinute"]];

    public static ListShape AgentList { get; } = new(Agent(), "id");

    public static ListShape EndpointList { get; } = new(
        new ObjectShape([
            new Key("name", ConfigurationTexts.Name, "Stable name of the endpoint in limits, logs and tables.") { Required = true },
            new Key("url", ConfigurationTexts.Url, "Base URL.") { Required = true },
            new Key("limit", new NumberShape(1, 100_000, Whole: true), "Calls that the endpoint accepts from all instances together. Default: not limited."),
            .. Rates("the endpoint"),
            new Key("weight", new NumberShape(0.01, 1000, Whole: false), "Share of the calls relative to the other endpoints.", 1),
        ]),
        "name")
    {
        NotEmpty = true,
    };

    public static ObjectShape Whole { get; } = new(
        new Key("$schema", ConfigurationTexts.Text, "For editors; ignored."),
        new Key("extends", ConfigurationTexts.Folder, "Another config file, relative to this one, that this one is laid over."),
        new Key("metadata", Metadata(), "What the project is called."),
        new Key("runtime", RuntimeShape(), "Providers, store, leases and folders."),
        new Key("models", Models(), "Model options, by provider and model. A model that is not listed gets the defaults."),
        new Key("agents", AgentList, "Agents, laid over the built-in planner, executor and reviewer by \"id\"."),
        new Key("workflows", new ObjectShape(new Key("standard", StandardShape(), "The built-in workflow: plan, execute, review, summary.")) { Other = WorkflowKeys.Own }, "Settings of the built-in workflow, and workflows of your own by name."),
        new Key("callbacks", CallbackKeys.Map, "Who may be told that a run has ended, by name: ripieno submit --callback NAME."),
        new Key("tenants", Tenants(), "Shares and quotas of tenants, by name. A tenant that is not listed has weight 1 and no quota."));

    private static ObjectShape Metadata() => new(
        new Key("project", ConfigurationTexts.Text, "Name of the project.", new MetadataOptions().Project),
        new Key("version", ConfigurationTexts.Text, "Version of the project.", new MetadataOptions().Version));

    private static ObjectShape RuntimeShape() => new(
        new Key("defaultProvider", ProviderName, "Provider of agents that name none.", Runtime.DefaultProvider),
        new Key("fallbackProviders", new ListShape(new ModelReferenceShape(Reference())), "Models that are asked, in this order, when an agent's own provider cannot serve a call: each a provider with its model, or an alias of models.aliases.", new JsonArray()),
        new Key("instance", ConfigurationTexts.Name, "Id of this instance, each another one; INSTANCE_ID overrides it. Default: host and process id."),
        new Key("concurrency", Concurrency, "Steps that this instance executes at once. Default: the sum over its providers."),
        new Key("store", Store(), "Where all durable state lives."),
        new Key("lease", Lease(), "How a lost instance is noticed."),
        new Key("queues", new ListShape(ConfigurationTexts.Name), "Queues that a worker serves, for instances that are to do only some of the work. Default: all that the config names."),
        new Key("runs", new ListShape(ConfigurationTexts.RunPattern), "Ids of the runs that 'ripieno worker' takes steps of; * and ? stand for others. Default: any."),
        new Key("recycleAfterSteps", new NumberShape(1, int.MaxValue, Whole: true), "Steps after which a worker drains and exits with 75, so that its supervisor starts a fresh process; ±10% at random. Default: never."),
        new Key("recycleAfterMemory", ConfigurationTexts.Size(64L << 20, 1024L << 30), "The same for the resident memory of its process. Default: never."),
        new Key("recycleAfterAge", ConfigurationTexts.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(365)), "The same for its age. Default: never."),
        new Key("artifacts", ConfigurationTexts.Folder, "Folder of exported artifacts, relative to the project folder.", Runtime.Artifacts),
        new Key("logs", ConfigurationTexts.Folder, "Folder of log files, relative to the project folder.", Runtime.Logs),
        new Key("logsInStore", new FlagShape(), "What is logged about a run is kept in the store too, the newest 1,000 lines of each, so that \"ripieno logs\" shows all instances from any machine.", Runtime.LogsInStore),
        new Key(ProviderKind.Ollama, Ollama(), "Ollama servers."),
        new Key(ProviderKind.OpenAI, OpenAI(), "Servers that speak OpenAI's protocol: vLLM, llama.cpp, OpenAI."),
        new Key(ProviderKind.Simulated, Simulated(), "Made-up answers for a machine without a model."),
        new Key(ProviderKind.AzureOpenAI, Azure(), "Azure OpenAI."),
        new Key(ProviderKind.GitHubModels, GitHub(), "GitHub Models, retired on 2026-07-30, or another service that speaks its protocol."),
        new Key("retention", Retention(), "How long ended runs are kept. Default: for ever."),
        new Key("maxDeathsAlone", new NumberShape(1, 100, Whole: true), "Instances that a step may end while it executes alone, before it is given up.", Runtime.MaxDeathsAlone));

    private static ObjectShape Retention()
    {
        // Not shorter: a run must stay to be seen until somebody has looked at it.
        var age = ConfigurationTexts.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(3600));
        return new(
            new Key("succeeded", age, "Age at which runs that succeeded are deleted. Default: never."),
            new Key("failed", age, "The same for runs that failed. Default: never."),
            new Key("cancelled", age, "The same for cancelled runs. Default: never."));
    }

    private static MapShape Tenants() => new(new ObjectShape(
        new Key("maxQueued", new NumberShape(1, int.MaxValue, Whole: true), "Runs of the tenant that have not ended at which new ones are refused; what runs goes on. Default: any number."),
        new Key("weight", new NumberShape(1, 1000, Whole: true), "Share of the tenant among tenants, however many runs each has; goes with a run when it is accepted.", new TenantOptions().Weight)));

    private static ObjectShape Store() => new([
        new Key("kind", new ChoiceShape([StoreKind.Sqlite, StoreKind.Redis], [], ""), "sqlite = one file, for one machine; redis = any number of machines.", Runtime.Store.Kind),
        new Key("path", ConfigurationTexts.StoreFile, "sqlite: the database file, relative to the project folder; not on a network file system.", Runtime.Store.Path),
        new Key("maxQueued", new NumberShape(1, int.MaxValue, Whole: true), "Open steps in the whole store at which new runs are refused. Default: any number, with redis as many as memory holds."),
        .. Redis,
    ])
    {
        OneOf = StoreRivals,
        SecretHome = "\"passwordEnv\", the name of an environment variable that holds it, or \"passwordFile\"",
    };

    private static IReadOnlyList<Key> RedisKeys()
    {
        var redis = Runtime.Store.Redis;
        return [
            new("connectionEnv", ConfigurationTexts.Variable, "redis: name of the environment variable that holds the address: host:port, several with commas, redis+sentinel:host:port/service, or redis://user:password@host:port (rediss = TLS)."),
            new("endpoints", new ListShape(ConfigurationTexts.RedisEndpoint) { NotEmpty = true }, "redis: the server, or some of a Cluster, in place of \"connectionEnv\"; port 6379 when none is said. With \"sentinelService\" the Sentinels, port 26379."),
            new("sentinelService", ConfigurationTexts.Name, "redis: the name under which the Sentinels at \"endpoints\" know the servers; they are asked which of them is the master. Default: \"endpoints\" are the servers."),
            new("sentinelUser", ConfigurationTexts.Text, "redis: ACL user of the Sentinels. Default: their default user."),
            new("sentinelPasswordEnv", ConfigurationTexts.Variable, "redis: name of the environment variable that holds the Sentinels' own password. Default: they ask for none."),
            new("user", ConfigurationTexts.Text, "redis: ACL user. Default: the server's default user."),
            new("userEnv", ConfigurationTexts.Variable, $"redis: name of the environment variable that holds the user. Default: {EffectiveStore.UserVariable}, if it is set."),
            new("passwordEnv", ConfigurationTexts.Variable, $"redis: name of the environment variable that holds the password. Default: {EffectiveStore.PasswordVariable}, if it is set."),
            new("passwordFile", ConfigurationTexts.Folder, "redis: file whose first line is the password, relative to the project folder, in place of \"passwordEnv\"."),
            new("tls", new FlagShape(), "redis: encrypt the connection; the server's certificate must be valid for the host's name. An address with rediss: does so too.", redis.Tls),
            new("certificateAuthority", ConfigurationTexts.Folder, "redis: PEM file of the authority that signed the server's certificate, relative to the project folder. Default: those that the machine trusts."),
            new("keyPrefix", ConfigurationTexts.Name, "redis: beginning of all keys, so that several stores may share a server.", redis.KeyPrefix),
            new("partitions", new NumberShape(1, 64, Whole: true), "redis: parts of a new store, which a Cluster spreads over its nodes; fixed once it is made. Default: 1 on one server, 16 on a Cluster."),
            new("allowDataLoss", new FlagShape(), "redis: accept a server that keeps no append-only file, or that throws keys away when memory is short: runs may be lost.", redis.AllowDataLoss),
            new("appendFsync", new ChoiceShape(["always", "everysec"], [], ""), "redis: what you state about a server that forbids CONFIG: how it flushes its append-only file. Default: the server is asked."),
            new("acknowledge", new ChoiceShape(["local", "replica"], [], ""), "redis: who must have a change before it is acknowledged. local = the master, and a takeover loses the last milliseconds; replica = a replica too: slower, and without a replica nothing goes on.", redis.Acknowledge),
        ];
    }

    private static ObjectShape Lease() => new(
        new Key("duration", ConfigurationTexts.Duration(TimeSpan.FromMilliseconds(300), TimeSpan.FromHours(1)), "How long an instance may be silent before its steps are given to another; at least three heartbeats.", DurationText.Format(Runtime.Lease.Duration)),
        new Key("heartbeat", ConfigurationTexts.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(20)), "How often leases are renewed and cancellations noticed.", DurationText.Format(Runtime.Lease.Heartbeat)));

    private static ObjectShape Ollama() => new([
        new Key("host", ConfigurationTexts.Url, "URL of the only server; OLLAMA_HOST overrides it.", EffectiveEndpoints.DefaultOllama),
        new Key("endpoints", EndpointList, "Several servers, in place of \"host\"."),
        .. Rates("the lone server"),
        ProviderConcurrency(),
    ])
    { OneOf = [["host", "endpoints"], .. RatesOfLone] };

    private static ObjectShape OpenAI() => new([
        new Key("endpoint", ConfigurationTexts.Url, "URL of the only server, with /v1."),
        new Key("endpoints", EndpointList, "Several servers, in place of \"endpoint\"."),
        new Key("keyEnv", ConfigurationTexts.Variable, "Name of the environment variable that holds the key. Default: no key is sent."),
        .. Rates("the lone server"),
        ProviderConcurrency(),
    ])
    { OneOf = [["endpoint", "endpoints"], .. RatesOfLone] };

    private static ObjectShape Azure() => new([
        new Key("endpointEnv", ConfigurationTexts.Variable, "Name of the environment variable that holds the resource's URL, such as https://NAME.openai.azure.com.", AzureOpenAI.EndpointVariable),
        new Key("endpoint", ConfigurationTexts.Url, "The resource's URL itself, in place of \"endpointEnv\"."),
        new Key("host", ConfigurationTexts.Url, "The same as \"endpoint\"."),
        new Key("endpoints", EndpointList, "Several resources, in place of \"endpoint\"."),
        new Key("deploymentEnv", ConfigurationTexts.Variable, "Name of the environment variable that holds the deployment of models which name none. Default: the model's name is the deployment's."),
        new Key("credential", new ChoiceShape([AzureOpenAI.EntraId, AzureOpenAI.Key], [], ""), "entra-id = the identity of this machine or user; key = an API key.", ProviderOptions.Default(ProviderKind.AzureOpenAI).Credential),
        new Key("keyEnv", ConfigurationTexts.Variable, $"Name of the environment variable that holds the key. Default with \"credential\": \"key\": {AzureOpenAI.KeyVariable}."),
        Limit(),
        .. Rates("the lone resource"),
        ProviderConcurrency(),
    ])
    { OneOf = [["endpointEnv", "endpoint", "host", "endpoints"], ["endpoints", "limit"], .. RatesOfLone] };

    private static ObjectShape GitHub() => new([
        new Key("endpoint", ConfigurationTexts.Url, "Base URL.", GitHubModels.DefaultEndpoint),
        new Key("endpoints", EndpointList, "Several servers, in place of \"endpoint\"."),
        new Key("tokenEnv", ConfigurationTexts.Variable, "Name of the environment variable that holds the token.", GitHubModels.TokenVariable),
        Limit(),
        .. Rates("the lone server"),
        ProviderConcurrency(),
    ])
    {
        OneOf = [["endpoint", "endpoints"], ["endpoints", "limit"], .. RatesOfLone],
        SecretHome = "\"tokenEnv\", the name of an environment variable that holds it",
    };

    private static Key[] Rates(string endpoint) =>
    [
        new("requestsPerMinute", new NumberShape(1, 10_000_000, Whole: true), $"Requests that {endpoint} accepts from all instances together in any 60 s. Default: any number."),
        new("tokensPerMinute", new NumberShape(1, int.MaxValue, Whole: true), $"Tokens of prompts and answers that {endpoint} accepts from all instances together in any 60 s; reserved by an estimate before a call. Default: any number."),
    ];

    private static Key Limit() => new(
        "limit", new NumberShape(1, 100_000, Whole: true), "Calls that the lone endpoint accepts from all instances together. Default: \"concurrency\" with a store file, no limit with Redis.");

    private static ObjectShape Reference() => new(
        new Key("provider", ProviderName, "Provider.") { Required = true },
        new Key("model", ConfigurationTexts.Text, "Model, as the provider calls it.") { Required = true });

    private static ObjectShape Simulated() => new(
        new Key("seed", new NumberShape(int.MinValue, int.MaxValue, Whole: true), "Seed of the answers, so that a run can be repeated exactly.", Provider.Seed),
        new Key("latency", ConfigurationTexts.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "Time that one call takes, on average.", DurationText.Format(Provider.Latency)),
        new Key("revisionRate", new NumberShape(0, 1, Whole: false), "Share of reviews that ask for a revision.", Provider.RevisionRate),
        ProviderConcurrency());

    private static Key ProviderConcurrency() =>
        new("concurrency", Concurrency, "Calls that one instance makes to this provider at once.", Provider.Concurrency);

    private static ObjectShape Models()
    {
        Key[] keys =
        [
            new Key("context", Context, "Context window in tokens; a larger one costs memory on the model's host.", Model.Context),
            new Key("temperature", Temperature, "Sampling temperature; 0 = always the likeliest word.", Model.Temperature),
            new Key("parallel", new FlagShape(), "False = a request for this model is alone on its endpoint.", Model.Parallel),
        ];
        var model = new MapShape(new ObjectShape(keys));
        var deployed = new MapShape(new ObjectShape([.. keys, new Key("deployment", ConfigurationTexts.Text, "Name of the deployment that serves the model. Default: what runtime.azure-openai.deploymentEnv names, or else the model's name.")]));
        return new ObjectShape([
            .. ProviderKind.Usable.Select(kind => new Key(kind, kind == ProviderKind.AzureOpenAI ? deployed : model, $"Models of {kind}, by name.")),
            new Key("aliases", new MapShape(Reference()), "Names of your own for models of any provider; agents, --model and runtime.fallbackProviders may use them."),
        ]);
    }

    private static ObjectShape Agent()
    {
        var agent = new AgentOptions { Id = "" };
        return new ObjectShape(
            new Key("id", ConfigurationTexts.Name, "Name of the agent.") { Required = true },
            new Key("provider", ProviderName, "Provider. Default: runtime.defaultProvider."),
            new Key("defaultModel", ConfigurationTexts.Text, "Model, as the provider calls it, or an alias of models.aliases.", agent.DefaultModel),
            new Key("prompt", ConfigurationTexts.ProjectFile, "Prompt file, relative to the project folder. Default: the built-in prompt of that agent."),
            new Key("outputs", new ListShape(ConfigurationTexts.ProjectFile), "Names of the artifacts that the agent leaves, for readers of the config; the built-in workflow writes plan.md, review-notes.md and summary.md in any case.", new JsonArray()),
            new Key("requires", new ListShape(ConfigurationTexts.Name), "Agents that come before this one.", new JsonArray()),
            new Key("cache", new FlagShape(), "For a later version: answers may be taken from the cache. Has no effect yet.", agent.Cache),
            new Key("queue", ConfigurationTexts.Name, "Queue on which the agent's steps wait.", agent.Queue),
            new Key("code", new FlagShape(), "True = it is code of a program that uses Ripieno as a library; only workers of such programs do its steps. With \"provider\" the code may call the model.", agent.Code));
    }

    private static ObjectShape StandardShape() => new(
        new Key("maxRevisions", new NumberShape(0, 100, Whole: true), "Times that a reviewer may send a task back.", Standard.MaxRevisions),
        new Key("maxAttempts", new NumberShape(1, 100, Whole: true), "Tries of a step whose model call fails.", Standard.MaxAttempts),
        new Key("timeLimit", ConfigurationTexts.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), "Time limit of one try, without the time in which its calls wait for their turn at an endpoint.", DurationText.Format(Standard.TimeLimit)),
        new Key("maxSteps", new NumberShape(1, 1_000_000, Whole: true), "Bound on the steps of one run.", Standard.MaxSteps),
        CallbackKeys.OfWorkflow,
        WorkflowKeys.OnFailure);
}
