using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Ripieno.Callbacks;
using Ripieno.Cli.Grammar;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Cli;

/// <summary>Puts together what a command works with: configuration, log, store, coordinator and, for those that execute, a worker.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly Stack<object> _parts = new();
    private readonly Invocation _invocation;

    private Composition(Invocation invocation, LoadedConfiguration configuration, IStore store)
    {
        _invocation = invocation;
        Configuration = configuration;
        Store = Own(store);
        Coordinator = new(store, invocation.Time);
    }

    public LoadedConfiguration Configuration { get; }

    public IStore Store { get; }

    public AgentCoordinator Coordinator { get; }

    /// <summary>Loads the configuration, and warns of a password that everybody can read.</summary>
    public static LoadedConfiguration Read(Invocation invocation, CommonSettings common, CommandLineOverrides overrides)
    {
        var configuration = ConfigurationLoader.Load(common.Config, overrides with { Store = common.Store }, invocation.Folder, invocation.Variable);
        if (!common.Quiet && configuration.Options.Runtime.Store.Redis.Address is { Password: not null })
            invocation.Terminal.Error.WriteLine($"ripieno: warning: {ConfigurationFindings.PasswordOnCommandLine(configuration)}");
        return configuration;
    }

    /// <summary>The same, and begins to log in the project.</summary>
    public static LoadedConfiguration Load(Invocation invocation, CommonSettings common, CommandLineOverrides? overrides = null)
    {
        var configuration = Read(invocation, common, overrides ?? CommandLineOverrides.None);
        var instance = invocation.Variable("INSTANCE_ID") is { Length: > 0 } id ? id : $"{Environment.MachineName}-{Environment.ProcessId}";
        invocation.Log = new LogFile(configuration.Absolute(configuration.Options.Runtime.Logs), instance, invocation.Time);
        return configuration;
    }

    /// <summary>Opens the store that the configuration names.</summary>
    /// <param name="mustExist">True for commands that only look: they make no store as a side effect.</param>
    /// <exception cref="NotFoundException">There is no store and none is to be made.</exception>
    public static async Task<Composition> OpenAsync(
        Invocation invocation, LoadedConfiguration configuration, bool mustExist, CancellationToken cancellation) =>
        new(invocation, configuration, await Stores.OpenAsync(configuration, mustExist, invocation.Time, invocation.Logger("Ripieno.Redis"), cancellation));

    public static Task<Composition> OpenAsync(Invocation invocation, CommonSettings common, CancellationToken cancellation) =>
        OpenAsync(invocation, Load(invocation, common), mustExist: true, cancellation);

    /// <summary>The snapshot that a run was accepted with.</summary>
    public async Task<RunSnapshot> SnapshotAsync(RunRecord run, CancellationToken cancellation) =>
        await Store.FindSnapshotAsync(run.SnapshotHash, cancellation) is { } stored
            ? RunSnapshots.Read(stored)
            : throw new StoreDamagedException($"The snapshot of run {run.Id} is missing from the store at {Store.Description.Location}");

    /// <summary>A worker for one run, with the providers that its snapshot names, whatever the configuration says now.</summary>
    public (Worker Worker, InstanceRecord Instance) WorkerFor(string runId, RunSnapshot snapshot)
    {
        var configuration = For(snapshot);
        // Approvals are for people: no worker asks for them.
        var classes = snapshot.Workflow.Steps.Where(step => step.Executor != WorkflowComposer.Approval).Select(step => step.Class).Distinct().ToList();
        if (snapshot.Workflow.Name == CallbackWorkflow.Name)
            classes.AddRange(configuration.Callbacks.Classes);
        return NewWorker(configuration, configuration.Endpoints, classes, runId);
    }

    /// <summary>
    /// A worker for any run whose agents the configuration knows, with every provider that it says where to find: a run keeps the one that it was accepted
    /// with, which need not be this configuration's default.
    /// </summary>
    public (Worker Worker, InstanceRecord Instance) WorkerForAll()
    {
        var known = ProviderKind.Usable.Where(kind => kind != ProviderKind.OpenAI || IsPlaced(EffectiveEndpoints.Provider(Configuration.Options, kind)));
        var endpoints = EffectiveEndpoints.Of(Using(Configuration.Options, known.Select(kind => (kind, (string?)null))), _invocation.Variable);
        var queues = Configuration.Options.Agents.Select(agent => agent.Queue).Append(new StepClass("default", "").Queue)
            .Concat(Configuration.Options.Workflows.Own.Values.SelectMany(workflow => Queues(workflow.Steps))).Distinct(StringComparer.Ordinal);
        var classes = queues.SelectMany(queue => Configuration.Options.Agents
            .Select(agent => new StepClass(queue, agent.Id))
            .Append(new StepClass(queue, StandardWorkflow.Summarize))
            .Append(new StepClass(queue, WorkflowComposer.Expand))
            .Append(new StepClass(queue, WorkflowComposer.ApprovalTimer)));
        return NewWorker(Configuration, endpoints, [.. classes, CallbackWorkflow.WaitClass, .. Configuration.Callbacks.Classes], runId: null);
    }

    /// <summary>Deletes ended runs as the configuration says, hour by hour.</summary>
    public HourlyPruning Pruning() =>
        new(Store, Retention.Of(Configuration.Options.Runtime.Retention), _invocation.Time, _invocation.Logger(nameof(HourlyPruning)));

    /// <summary>The configuration with the snapshot's providers in place of the agents' own.</summary>
    public LoadedConfiguration For(RunSnapshot snapshot) => For(Configuration, snapshot, _invocation.Variable);

    public static LoadedConfiguration For(LoadedConfiguration configuration, RunSnapshot snapshot, Func<string, string?> variable)
    {
        var choices = snapshot.Agents.Select(agent => (agent.Model.Provider, (string?)agent.Model.Model));
        var options = Using(configuration.Options, choices);
        return configuration with { Options = options, Endpoints = EffectiveEndpoints.Of(options, variable) };
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            if (part is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
            else
                (part as IDisposable)?.Dispose();
        }
    }

    private static IEnumerable<string> Queues(IEnumerable<WorkflowStepOptions> steps) => steps.SelectMany(step => Queues(step.Steps).Concat(step.Queue is { } queue ? [queue] : []));

    private (Worker Worker, InstanceRecord Instance) NewWorker(
        LoadedConfiguration configuration, ImmutableArray<Endpoint> endpoints, IReadOnlyList<StepClass> classes, string? runId)
    {
        var instance = ThisInstance.Describe(_invocation.Variable("INSTANCE_ID"), configuration.Slots, _invocation.Time);
        var providers = Own(ModelProviders.Create(configuration.Options, _invocation.Time));
        var path = Own(new ModelPath(endpoints, providers.ByKind, Store, instance.Incarnation, _invocation.Time));
        var options = new WorkerOptions
        {
            Slots = configuration.Slots,
            Classes = classes,
            Lease = configuration.Options.Runtime.Lease,
            RunId = runId,
            // A receiver that lets every delivery run into its time limit must not take all slots.
            Bounds = configuration.Callbacks.Classes.ToDictionary(stepClass => stepClass, _ => Math.Max(1, configuration.Slots / 4)),
        };
        var executors = StepExecutors.Of(path, configuration.Callbacks, Own(new WebhookSender(_invocation.Time)), _invocation.Time);
        return (Own(new Worker(Store, instance, options, executors, _invocation.Time, _invocation.Log?.CreateLogger<Worker>())), instance);
    }

    /// <summary>Ollama has a place by default and simulated answers need none; any other server must be named.</summary>
    private static bool IsPlaced(ProviderOptions provider) => provider.Host is not null || !provider.Endpoints.IsEmpty;

    private static RipienoOptions Using(RipienoOptions options, IEnumerable<(string Provider, string? Model)> choices) => options with
    {
        Agents =
        [
            .. choices.Where(choice => ProviderKind.Usable.Contains(choice.Provider, StringComparer.Ordinal)).Select((choice, index) =>
            {
                var agent = new AgentOptions { Id = $"agent-{index}", Provider = choice.Provider };
                return choice.Model is null ? agent : agent with { DefaultModel = choice.Model };
            }),
        ],
    };

    private T Own<T>(T part) where T : class
    {
        _parts.Push(part);
        return part;
    }
}
