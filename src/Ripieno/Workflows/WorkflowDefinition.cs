using System.Collections.Immutable;
using Ripieno.Runs;
using Ripieno.Workflows.Composing;

namespace Ripieno.Workflows;

/// <summary>A named DAG of steps.</summary>
internal sealed record WorkflowDefinition
{
    public required string Name { get; init; }

    public required ImmutableArray<StepDefinition> Steps { get; init; }

    /// <summary>Bound on the steps of one run, expansions included.</summary>
    public int MaxSteps { get; init; } = 10_000;

    /// <summary>Steps of a run that may execute at once; 0 = no bound.</summary>
    public int MaxParallel { get; init; }

    /// <summary>Nothing more begins once a step has failed for good, but for steps that run in any case.</summary>
    public bool StopOnFailure { get; init; }

    /// <summary>Of its runs, where whoever starts one does not say another.</summary>
    public int Priority { get; init; }

    /// <summary>Of a user's workflow: the steps that stand in a group, or at the top (null), without those that only an expansion or a review makes.</summary>
    public IEnumerable<StepDefinition> StepsIn(string? group) =>
        Steps.Where(step => step.Work is { } work && work.Parent == group && step.Executor != WorkflowComposer.Review && !Steps.Any(other => other.Work?.Body == step.Name));

    /// <summary>Whether it works on something that whoever starts a run must give.</summary>
    public bool MentionsInput => Steps.Any(step => step.Work is { } work && work.Paths.Any(path => path.Root == WorkflowComposer.Input));

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

    public string Queue { get; init; } = StepClass.DefaultQueue;

    public ImmutableArray<string> DependsOn { get; init; } = [];

    public Trigger Trigger { get; init; } = Trigger.AllSucceeded;

    /// <summary>True when runs do not begin with it: an expansion makes its steps.</summary>
    public bool Template { get; init; }

    /// <summary>Of its steps among the ready ones of their run; higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>What a step of a user's workflow is for; null in the built-in one, whose code knows.</summary>
    public StepWork? Work { get; init; }

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(15);

    public StepClass Class => new(Queue, Agent ?? Executor);

    /// <summary>The last part of its name: what it is called by the steps beside it.</summary>
    public string Id => Work?.Parent is { } parent ? Name[(parent.Length + 1)..] : Name;
}
