using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Configuration;

/// <summary>A user's own workflow.</summary>
internal sealed record WorkflowOptions
{
    /// <summary>One line for lists of workflows.</summary>
    public string Description { get; init; } = "";

    /// <summary>Bound on the steps of one run, against a list that explodes.</summary>
    public int MaxSteps { get; init; } = 10_000;

    /// <summary>Steps of one run that may execute at once; 0 = no bound.</summary>
    public int MaxParallel { get; init; }

    /// <summary>
    /// Nothing that has not begun begins once a step of a run has failed for good, but for steps that run in any case. False: the other branches go on, for what they come to is rarely worth less because one has
    /// failed.
    /// </summary>
    public bool StopOnFailure { get; init; }

    /// <summary>Of its runs, where <c>--priority</c> does not say another. Higher runs go first; 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>Callbacks of all its submitted runs.</summary>
    public ImmutableArray<string> Callbacks { get; init; } = [];

    public ImmutableArray<WorkflowStepOptions> Steps { get; init; } = [];
}

/// <summary>A step of a <see cref="WorkflowOptions"/>: an agent's work, or a group of steps; once, or for each item of a list.</summary>
internal sealed record WorkflowStepOptions
{
    /// <summary>Name among the steps around it; by it others mention its result.</summary>
    public required string Id { get; init; }

    /// <summary>Agent that does the work; null for a group.</summary>
    public string? Agent { get; init; }

    /// <summary>Steps of a group.</summary>
    public ImmutableArray<WorkflowStepOptions> Steps { get; init; } = [];

    /// <summary>Path of a list: the step is done for each of its items.</summary>
    public string? ForEach { get; init; }

    /// <summary>Member of an item that lists the ids of the items that it waits for.</summary>
    public string? ItemsDependOn { get; init; }

    /// <summary>Steps around it that it waits for, besides those that it mentions.</summary>
    public ImmutableArray<string> DependsOn { get; init; } = [];

    public Trigger Trigger { get; init; } = Trigger.AllSucceeded;

    /// <summary>The step is left out when this does not hold.</summary>
    public string? When { get; init; }

    /// <summary>What the agent is told to do.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Data for the agent, by name.</summary>
    public ImmutableDictionary<string, string> Input { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>JSON schema of the answer; null = the answer is text.</summary>
    public string? Answer { get; init; }

    /// <summary>Name of the file that the answer becomes.</summary>
    public string? File { get; init; }

    public WorkflowReviewOptions? Review { get; init; }

    /// <summary>People decide, in place of an agent's work.</summary>
    public WorkflowApprovalOptions? Approval { get; init; }

    /// <summary>Queue on which it waits; null = the agent's.</summary>
    public string? Queue { get; init; }

    /// <summary>Among the ready steps of its run; higher goes first.</summary>
    public int Priority { get; init; }

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>Time limit of one try, without the time in which its calls wait for their turn. 15 min: a 7B model on a CPU needs minutes for a long answer.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(15);
}

/// <summary>A decision by people.</summary>
internal sealed record WorkflowApprovalOptions
{
    /// <summary>What is asked.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>After which it is decided by <see cref="ApprovedByDefault"/>; null = it waits for ever.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>False: what nobody approved in time must not happen.</summary>
    public bool ApprovedByDefault { get; init; }

    /// <summary>False: a rejection fails the step, and what waits for it is skipped.</summary>
    public bool RejectedGoesOn { get; init; }
}

/// <summary>Who looks at the work of a step before it counts.</summary>
internal sealed record WorkflowReviewOptions
{
    public required string Agent { get; init; }

    /// <summary>What the reviewer is told besides the work.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Times that the reviewer may send the work back; after that the step fails with the reviewer's last notes.</summary>
    public int MaxRevisions { get; init; } = 2;
}
