using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>Everything that makes a run, written in one commit.</summary>
internal sealed record RunSubmission
{
    /// <summary>Chosen by the caller or made by the coordinator; also the idempotency key.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of what the caller asked for: same id and same fingerprint = the same run, another fingerprint = conflict.</summary>
    public required ContentHash Fingerprint { get; init; }

    public required string Title { get; init; }

    public required string Workflow { get; init; }

    public string Tenant { get; init; } = "default";

    /// <summary>Higher runs are served before lower ones. 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>Share among the tenant's runs of the same priority, from 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Share of the tenant among tenants, from 1, however many runs each has.</summary>
    public int TenantWeight { get; init; } = 1;

    /// <summary>
    /// Runs of the tenant that have not ended at which this one is refused; null = any number. Runs and not steps, because a submission knows how many of those it brings: one step more may plan a thousand.
    /// </summary>
    public int? TenantMaxQueued { get; init; }

    /// <summary>The workflow whose runs are not counted: it only tells of the end of others.</summary>
    public const string Uncounted = "callback";

    /// <summary>Steps of the run that may execute at once; 0 = no bound.</summary>
    public int MaxParallel { get; init; }

    /// <summary>Bound on the steps of the run, expansions included.</summary>
    public int MaxSteps { get; init; } = 10_000;

    /// <summary>
    /// Instances that a step may end while it executes alone, from 1; then it is dead-lettered. 2: one such death may still be someone else's fault. Lower gives up on
    /// healthy steps of a machine that is killed often, higher restarts more instances for a step that kills them.
    /// </summary>
    public int MaxDeathsAlone { get; init; } = 2;

    /// <summary>
    /// From the first step on that fails for good nothing that has not begun begins, but for steps that run in any case (<see cref="Trigger.AllDone"/>) and what they add. False: only what depends on
    /// the failed step is skipped.
    /// </summary>
    public bool StopOnFailure { get; init; }

    /// <summary>UTF-8 JSON of the run's snapshot; kept once for all runs that share it.</summary>
    public required ReadOnlyMemory<byte> Snapshot { get; init; }

    /// <summary>UTF-8 JSON of the run's input.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>What the run begins with, in one commit: at most <see cref="ContentLimits.FirstSteps"/>. More are for a step that expands.</summary>
    public required ImmutableArray<StepSpec> Steps { get; init; }
}

/// <summary>What became of a submission.</summary>
internal enum SubmitOutcome
{
    /// <summary>The run is stored.</summary>
    Created,

    /// <summary>The same run was there already; nothing was changed.</summary>
    Existing,
}
