using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Ripieno.Callbacks;
using Ripieno.Cluster;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Hosting;

/// <summary>A worker with what it calls models by. Disposing it hands back what it executes.</summary>
internal sealed class WorkerParts : IAsyncDisposable
{
    private readonly ModelProviders _providers;
    private readonly ModelPath _path;
    private readonly WebhookSender _webhooks;
    private readonly RunLogWriter? _runLogs;

    private WorkerParts(
        LoadedConfiguration configuration, ImmutableArray<Endpoint> endpoints, IReadOnlyList<StepClass> classes, RunSelection runs, InstanceRole role, WorkerSurroundings around)
    {
        Instance = ThisInstance.Describe(around.InstanceId, configuration.Slots, around.Time);
        _providers = ModelProviders.Create(configuration.Options, around.Time);
        _path = new(endpoints, _providers.ByKind, around.Store, Instance.Incarnation, around.Time);
        _webhooks = new(around.Time);
        _runLogs = around.RunLogs;
        var options = new WorkerOptions
        {
            Slots = configuration.Slots,
            Classes = classes,
            Lease = configuration.Options.Runtime.Lease,
            Runs = runs,
            Facts = InstanceFacts.Of(role, configuration, endpoints),
            AfterSilence = _path.AbortLapsedAsync,
            // A receiver that lets every delivery run into its time limit must not take all slots.
            Bounds = configuration.Callbacks.Classes.ToDictionary(stepClass => stepClass, _ => Math.Max(1, configuration.Slots / 4)),
        };
        var executors = StepExecutors.Of(around.Program.Clients(_path), around.Program.Agents, configuration.Callbacks, _webhooks, around.Time);
        Worker = new(around.Store, Instance, options, executors, around.Time, around.Log);
    }

    public Worker Worker { get; }

    public InstanceRecord Instance { get; }

    /// <summary>A worker for one run, with the providers that its snapshot names, whatever the configuration says now.</summary>
    public static WorkerParts ForRun(LoadedConfiguration configuration, string runId, RunSnapshot snapshot, Func<string, string?> variable, WorkerSurroundings around)
    {
        var own = For(configuration, snapshot, variable);
        return new(own, own.Endpoints, ClassesOf(snapshot, around.Program, configuration), RunSelection.Only(runId), InstanceRole.Run, around);
    }

    /// <summary>
    /// A worker for any run whose agents the configuration knows, with every provider that it says where to find: a run keeps the one that it was accepted
    /// with, which need not be this configuration's default.
    /// </summary>
    public static WorkerParts ForAll(LoadedConfiguration configuration, RunSelection runs, Func<string, string?> variable, WorkerSurroundings around)
    {
        var options = configuration.Options;
        var endpoints = EffectiveEndpoints.Of(Using(options, ProviderKind.Usable.Select(kind => (kind, (string?)null)), []), variable);
        var queues = QueuesOf(options);
        var classes = queues.SelectMany(queue => options.Agents.Where(agent => !agent.Code || around.Program.Agents.Has(agent.Id))
            .Select(agent => new StepClass(queue, agent.Id))
            .Append(new StepClass(queue, StandardWorkflow.Summarize))
            .Append(new StepClass(queue, WorkflowComposer.Expand))
            .Append(new StepClass(queue, WorkflowComposer.ApprovalTimer)));
        StepClass[] callbacks = queues.Contains(CallbackWorkflow.WaitClass.Queue) ? [CallbackWorkflow.WaitClass, .. configuration.Callbacks.Classes] : [];
        return new(configuration, endpoints, [.. classes, .. callbacks], runs, InstanceRole.Worker, around);
    }

    /// <summary>What a worker asks for to execute a run. Approvals are for people: no worker asks for them; nor for agents that are code of another program.</summary>
    public static IReadOnlyList<StepClass> ClassesOf(RunSnapshot snapshot, ProgramParts program, LoadedConfiguration configuration) =>
    [
        .. snapshot.Workflow.Steps
            .Where(step => step.Executor != WorkflowComposer.Approval && (step.Agent is null || !snapshot.Agent(step.Agent).Code || program.Agents.Has(step.Agent)))
            .Select(step => step.Class).Distinct(),
        .. snapshot.Workflow.Name == CallbackWorkflow.Name ? configuration.Callbacks.Classes : [],
    ];

    /// <summary>The configuration with the snapshot's providers in place of the agents' own.</summary>
    public static LoadedConfiguration For(LoadedConfiguration configuration, RunSnapshot snapshot, Func<string, string?> variable)
    {
        var choices = snapshot.Agents.Select(agent => (agent.Model.Provider, (string?)agent.Model.Model));
        var fallbacks = snapshot.Agents.SelectMany(agent => agent.Model.Chain.Skip(1)).Select(model => new ModelReference(model.Provider, model.Model));
        var options = Using(configuration.Options, choices, [.. fallbacks.Distinct()]);
        return configuration with { Options = options, Endpoints = EffectiveEndpoints.Of(options, variable) };
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        if (_runLogs is not null)
            await _runLogs.DisposeAsync();
        _path.Dispose();
        _webhooks.Dispose();
        _providers.Dispose();
    }

    /// <summary>Queues that a worker of a configuration serves.</summary>
    private static ImmutableArray<string> QueuesOf(RipienoOptions options) => options.Runtime.Queues is { IsEmpty: false } named
        ? named
        : [.. options.Agents.Select(agent => agent.Queue).Append(StepClass.DefaultQueue).Concat(options.Workflows.Own.Values.SelectMany(workflow => Queues(workflow.Steps))).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> Queues(IEnumerable<WorkflowStepOptions> steps) => steps.SelectMany(step => Queues(step.Steps).Concat(step.Queue is { } queue ? [queue] : []));

    private static RipienoOptions Using(RipienoOptions options, IEnumerable<(string Provider, string? Model)> choices, ImmutableArray<ModelReference> fallbacks) => options with
    {
        Runtime = options.Runtime with { Fallbacks = fallbacks },
        Agents =
        [
            .. choices.Where(choice => ProviderKind.Usable.Contains(choice.Provider, StringComparer.Ordinal)).Select((choice, index) =>
            {
                var agent = new AgentOptions { Id = $"agent-{index}", Provider = choice.Provider };
                return choice.Model is null ? agent : agent with { DefaultModel = choice.Model };
            }),
        ],
    };
}

/// <summary>Where a worker works.</summary>
/// <param name="Store">The store.</param>
/// <param name="Program">What the program brings.</param>
/// <param name="InstanceId">Null = host and pid.</param>
/// <param name="Time">Its clock.</param>
/// <param name="Log">Where it logs; null = nowhere.</param>
internal sealed record WorkerSurroundings(IStore Store, ProgramParts Program, string? InstanceId, TimeProvider Time, ILogger<Worker>? Log)
{
    /// <summary>What brings the log into the store, and ends with the worker; null = nothing, or somebody else's.</summary>
    public RunLogWriter? RunLogs { get; init; }
}
