using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Ripieno.Models;

namespace Ripieno.Workflows;

/// <summary>
/// Everything that decides what a run does, fixed when it is accepted: whichever instance executes it, and however the config has
/// changed since. Instances add only endpoints, credentials and slots.
/// </summary>
internal sealed record RunSnapshot
{
    public required WorkflowDefinition Workflow { get; init; }

    public required ImmutableArray<AgentSnapshot> Agents { get; init; }

    /// <summary>Times that a reviewer may send a task back.</summary>
    public required int MaxRevisions { get; init; }

    /// <summary>Who is told that the run has ended. In the snapshot, so that the same id with other callbacks is another run.</summary>
    public ImmutableArray<CallbackOrder> Callbacks { get; init; } = [];

    public AgentSnapshot Agent(string id) =>
        Agents.FirstOrDefault(agent => agent.Id == id)
        ?? throw new InvalidOperationException($"The run's snapshot has no agent '{id}'; it has: {string.Join(", ", Agents.Select(agent => agent.Id))}.");

    /// <summary>The same with the steps of one queue on another.</summary>
    public RunSnapshot OnQueue(string from, string to) => from == to
        ? this
        : this with { Workflow = Workflow with { Steps = [.. Workflow.Steps.Select(step => step.Queue == from ? step with { Queue = to } : step)] } };

    /// <summary>What does the step's work, as <c>provider/model</c>; empty for a step without an agent.</summary>
    public string ModelOf(StepDefinition step) => Agents.FirstOrDefault(agent => agent.Id == step.Agent)?.Model is { } model ? $"{model.Provider}/{model.Model}" : "";
}

/// <summary>An agent as a run uses it.</summary>
/// <param name="Id">Agent id.</param>
/// <param name="Prompt">The whole prompt template.</param>
/// <param name="Model">Provider, model and its options; of code that calls none, the provider <c>code</c> and its id.</param>
/// <param name="Code">It is code of a program: a program without it leaves the agent's steps alone.</param>
internal sealed record AgentSnapshot(
    string Id, string Prompt, ModelChoice Model, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Code = false);
