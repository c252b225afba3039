using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Workflows;

/// <summary>A named DAG of steps.</summary>
internal sealed record WorkflowDefinition
{
    public required string Name { get; init; }

    public required ImmutableArray<StepDefinition> Steps { get; init; }

    /// <summary>Bound on the steps of one run, expansions included.</summary>
    public int MaxSteps { get; init; } = 10_000;

    public StepDefinition Step(string name) =>
        Steps.FirstOrDefault(step => step.Name == name)
        ?? throw new InvalidOperationException($"Workflow '{Name}' has no step '{name}'; it has: {string.Join(", ", Steps.Select(step => step.Name))}.");
}

/// <summary>What a step does and under which rules.</summary>
internal sealed record StepDefinition
{
    public required string Name { get; init; }

    /// <summary>Name of the code that executes it: see the folder <c>Agents</c>.</summary>
    public required string Executor { get; init; }

    /// <summary>Agent whose prompt and model it uses; null for code that calls no model.</summary>
    public string? Agent { get; init; }

    public string Queue { get; init; } = "default";

    public ImmutableArray<string> DependsOn { get; init; } = [];

    public Trigger Trigger { get; init; } = Trigger.AllSucceeded;

    /// <summary>True when runs do not begin with it: an expansion makes its steps.</summary>
    public bool Template { get; init; }

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(15);

    public StepClass Class => new(Queue, Agent ?? Executor);
}
