using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ripieno.Agents.Coded;
using Ripieno.Configuration;
using Ripieno.Hosting;
using Ripieno.Models;

namespace Ripieno;

/// <summary>What a program brings to a coordinator in code: agents, workflows, and what the config or the command line would say otherwise.</summary>
public sealed class AgentCoordinatorBuilder
{
    // Said outright, because programs of one file have reflection off by default, and run by it all the same.
    private static readonly JsonSerializerOptions Web = new(JsonSerializerOptions.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly List<(AgentOptions Options, Func<IServiceProvider?, CodedAgent> Make)> _agents = [];
    private readonly List<(string Name, WorkflowOptions Workflow)> _workflows = [];
    private readonly List<Func<IChatClient, ModelChoice, IChatClient>> _around = [];

    internal AgentCoordinatorBuilder()
    {
    }

    internal CommandLineOverrides Overrides { get; private set; } = CommandLineOverrides.None;

    internal string? InstanceId { get; private set; }

    internal ILoggerFactory? Logging { get; private set; }

    internal JsonSerializerOptions Json { get; private set; } = Web;

    internal ProgramLayer Layer => new([.. _agents.Select(agent => agent.Options)], [.. _workflows]);

    /// <summary>Registers a function as an agent: it does steps of workflows, or, when it returns <see cref="ReviewVerdict"/>, reviews them.</summary>
    /// <inheritdoc cref="IAgent{TInput, TOutput}.ExecuteAsync"/>
    /// <param name="id">Its id, by which workflows name it.</param>
    /// <param name="work">Does a step; see <see cref="IAgent{TInput, TOutput}.ExecuteAsync"/>.</param>
    /// <param name="settings">How its steps are served; null = as the config says.</param>
    public AgentCoordinatorBuilder AddAgent<TInput, TOutput>(string id, Func<TInput, AgentCall, CancellationToken, Task<TOutput>> work, AgentSettings? settings = null) =>
        Add(id, settings, _ => new CodedAgent.Work(id, TypedAgent.Wrap(id, work, Json)));

    /// <inheritdoc cref="AddAgent{TInput, TOutput}(string, Func{TInput, AgentCall, CancellationToken, Task{TOutput}}, AgentSettings?)"/>
    public AgentCoordinatorBuilder AddAgent<TInput, TOutput>(string id, Func<TInput, TOutput> work, AgentSettings? settings = null) =>
        AddAgent<TInput, TOutput>(id, (input, _, _) => Task.FromResult(work(input)), settings);

    /// <inheritdoc cref="AddAgent{TInput, TOutput}(string, Func{TInput, AgentCall, CancellationToken, Task{TOutput}}, AgentSettings?)"/>
    public AgentCoordinatorBuilder AddAgent<TInput, TOutput>(string id, Func<TInput, Task<TOutput>> work, AgentSettings? settings = null) =>
        AddAgent<TInput, TOutput>(id, (input, _, _) => work(input), settings);

    /// <summary>Registers an object as an agent. It is used by several steps at once.</summary>
    /// <param name="id">Its id, by which workflows name it.</param>
    /// <param name="agent">Does the steps.</param>
    /// <param name="settings">How its steps are served; null = as the config says.</param>
    public AgentCoordinatorBuilder AddAgent<TInput, TOutput>(string id, IAgent<TInput, TOutput> agent, AgentSettings? settings = null) =>
        AddAgent<TInput, TOutput>(id, agent.ExecuteAsync, settings);

    /// <summary>Registers a class as an agent. Each step gets an object of its own, made by the host's services within a scope of its own.</summary>
    /// <typeparam name="TAgent">Implements <see cref="IAgent{TInput, TOutput}"/> once.</typeparam>
    /// <param name="id">Its id, by which workflows name it.</param>
    /// <param name="settings">How its steps are served; null = as the config says.</param>
    /// <exception cref="ArgumentException">The class implements the interface not at all, or several times.</exception>
    public AgentCoordinatorBuilder AddAgent<TAgent>(string id, AgentSettings? settings = null) where TAgent : class
    {
        var contracts = typeof(TAgent).GetInterfaces().Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAgent<,>)).ToList();
        if (contracts.Count != 1)
            throw new ArgumentException($"{typeof(TAgent).Name} implements IAgent<TInput, TOutput> {contracts.Count} times; it must do so once.", nameof(id));
        var register = typeof(AgentCoordinatorBuilder).GetMethod(nameof(AddScoped), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .MakeGenericMethod([typeof(TAgent), .. contracts[0].GetGenericArguments()]);
        return (AgentCoordinatorBuilder)register.Invoke(this, [id, settings])!;
    }

    /// <summary>Registers an agent of the Agent Framework. It answers prompts, so it may stand wherever a configured agent may, in the built-in workflow too.</summary>
    /// <param name="id">Its id, by which workflows name it: also <c>planner</c>, <c>executor</c> and <c>reviewer</c>.</param>
    /// <param name="agent">Who answers. Each call is a conversation of its own.</param>
    /// <param name="settings">How its steps are served; null = as the config says.</param>
    public AgentCoordinatorBuilder AddAgent(string id, AIAgent agent, AgentSettings? settings = null) => AddAgent(id, new AgentChatClient(agent), settings);

    /// <summary>Registers a chat client as an agent: the prompts of its steps go to it, and not to a configured provider.</summary>
    /// <inheritdoc cref="AddAgent(string, AIAgent, AgentSettings?)"/>
    /// <param name="id">Its id, by which workflows name it.</param>
    /// <param name="client">Who answers; disposed by whoever made it.</param>
    /// <param name="settings">How its steps are served; null = as the config says.</param>
    public AgentCoordinatorBuilder AddAgent(string id, IChatClient client, AgentSettings? settings = null) =>
        Add(id, settings is null ? null : settings with { Model = null, Provider = null }, _ => new CodedAgent.Chat(id, client));

    /// <summary>Adds a workflow that is written in code.</summary>
    /// <param name="name">Its name; must not be one of the config's.</param>
    /// <param name="define">Adds its steps.</param>
    public AgentCoordinatorBuilder AddWorkflow(string name, Action<WorkflowBuilder> define)
    {
        var workflow = new WorkflowBuilder();
        define(workflow);
        _workflows.Add((name, workflow.BuildWorkflow()));
        return this;
    }

    /// <summary>
    /// Puts something around the chat client of each model: a log, a filter, a counter. It sees every call before limits and pauses do, so one that waits for an endpoint waits inside of it. The last one added is
    /// the outermost.
    /// </summary>
    /// <param name="around">Makes the client that is used in place of the given one; called once for each model and its options.</param>
    public AgentCoordinatorBuilder UseChatClient(Func<IChatClient, ModelInfo, IChatClient> around)
    {
        _around.Add((client, model) => around(client, new(model.Provider, model.Model)));
        return this;
    }

    /// <summary>The store, in place of the config's: <c>sqlite:PATH</c> or <c>redis:HOST:PORT</c>.</summary>
    public AgentCoordinatorBuilder UseStore(string store) => With(Overrides with { Store = store });

    /// <summary>Provider of every agent that calls a model, in place of the config's; <c>simulated</c> needs no model.</summary>
    public AgentCoordinatorBuilder UseProvider(string provider) => With(Overrides with { Provider = provider });

    /// <summary>Model of every agent that calls one, in place of the config's.</summary>
    public AgentCoordinatorBuilder UseModel(string model) => With(Overrides with { Model = model });

    /// <summary>Steps executed at once, and calls at once to each provider, in place of the config's.</summary>
    public AgentCoordinatorBuilder UseConcurrency(int slots) => With(Overrides with { Concurrency = slots });

    /// <summary>Id of this coordinator among all on the store, by which logs and tables call it. A second live one of the same id is refused. Default: <c>INSTANCE_ID</c>, else <c>runtime.instance</c> of the config, else host, pid and four letters.</summary>
    public AgentCoordinatorBuilder UseInstanceId(string id)
    {
        InstanceId = id;
        return this;
    }

    /// <summary>Where it logs. Default: nowhere; in a host, the host's logging.</summary>
    public AgentCoordinatorBuilder UseLogging(ILoggerFactory logging)
    {
        Logging = logging;
        return this;
    }

    /// <summary>How inputs, results and the data of typed agents are read and written. Default: <see cref="JsonSerializerOptions.Web"/>.</summary>
    public AgentCoordinatorBuilder UseJson(JsonSerializerOptions json)
    {
        Json = json;
        return this;
    }

    internal ProgramParts Program(IServiceProvider? services) => new(new([.. _agents.Select(agent => agent.Make(services))]), [.. _around]);

    private AgentCoordinatorBuilder AddScoped<TAgent, TInput, TOutput>(string id, AgentSettings? settings) where TAgent : class, IAgent<TInput, TOutput> =>
        Add(id, settings, services => services is null && typeof(TAgent).GetConstructor(Type.EmptyTypes) is null
            ? throw new InvalidOperationException($"Agent '{id}' ({typeof(TAgent).Name}) needs services to be made. Register it with services.AddRipieno in a host, or give AddAgent an object of it.")
            : new CodedAgent.Work(id, TypedAgent.Wrap<TInput, TOutput>(
            id,
            async (input, call, cancellation) =>
            {
                await using var scope = services?.CreateAsyncScope();
                var agent = scope is { } own ? ActivatorUtilities.CreateInstance<TAgent>(own.ServiceProvider) : Activator.CreateInstance<TAgent>();
                try
                {
                    return await agent.ExecuteAsync(input, call, cancellation);
                }
                finally
                {
                    // Made here, so nobody else ends it.
                    if (agent is IAsyncDisposable asynchronous)
                        await asynchronous.DisposeAsync();
                    else
                        (agent as IDisposable)?.Dispose();
                }
            },
            Json)));

    private AgentCoordinatorBuilder Add(string id, AgentSettings? settings, Func<IServiceProvider?, CodedAgent> make)
    {
        if (_agents.Exists(agent => agent.Options.Id == id))
            throw new ArgumentException($"The agent '{id}' is registered already.", nameof(id));
        var defaults = new AgentOptions { Id = id, Code = true };
        _agents.Add((defaults with
        {
            Queue = settings?.Queue ?? defaults.Queue,
            Provider = settings?.Provider ?? (settings?.Model is null ? null : ProgramLayer.DefaultProvider),
            DefaultModel = settings?.Model ?? defaults.DefaultModel,
        }, make));
        return this;
    }

    private AgentCoordinatorBuilder With(CommandLineOverrides overrides)
    {
        Overrides = overrides;
        return this;
    }
}
