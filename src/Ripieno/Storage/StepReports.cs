using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>A step's work is done.</summary>
internal sealed record StepCompletion
{
    /// <summary>UTF-8 JSON; at most 1 MB; empty = no result.</summary>
    public ReadOnlyMemory<byte> Result { get; init; }

    public ImmutableArray<ArtifactContent> Artifacts { get; init; } = [];

    public StepExpansion? Expansion { get; init; }

    /// <summary>
    /// Key of a step of the same group (or the group itself) whose result becomes the group's: what an approving review says. Null = no change.
    /// </summary>
    public string? Accepts { get; init; }

    public TokenUsage Usage { get; init; }

    /// <summary>What did the work, as <c>provider/model</c>, for the hourly figures; empty = no model.</summary>
    public string Model { get; init; } = "";

    /// <summary>Which model answered in place of the one chosen, and why; recorded as an event of its own. Null = the chosen one did.</summary>
    public string? Fallback { get; init; }
}

/// <summary>Steps that a completing step adds to its run, in the same commit.</summary>
/// <param name="Into">Whose group they join.</param>
/// <param name="Steps">
/// May depend on each other and on steps that the run has already, but not on one that waits for the group they join (the group itself, what it is a member of, and
/// their dependents): <see cref="Errors.InvalidInputException"/>.
/// </param>
internal sealed record StepExpansion(ExpansionTarget Into, ImmutableArray<StepSpec> Steps);

internal enum ExpansionTarget
{
    /// <summary>The completing step becomes a group of the new steps; its dependents wait for them.</summary>
    Self,

    /// <summary>The new steps join the group that the completing step is a member of: the next round of a loop.</summary>
    Parent,
}

/// <summary>A try of a step failed.</summary>
/// <param name="Reason">For people; one or two sentences.</param>
/// <param name="RetryAt">When the next try may start; null = the step has failed for good.</param>
/// <param name="Usage">Tokens spent all the same.</param>
/// <param name="Model">As <see cref="StepCompletion.Model"/>.</param>
internal sealed record StepFailure(string Reason, DateTimeOffset? RetryAt, TokenUsage Usage, string Model = "");

/// <summary>What became of a report.</summary>
internal enum ReportOutcome
{
    /// <summary>Recorded (now, or by an earlier delivery of the same report).</summary>
    Recorded,

    /// <summary>The lease was lost to a newer epoch; nothing was changed.</summary>
    LeaseLost,

    /// <summary>The run was cancelled meanwhile; the report was noted and its content dropped.</summary>
    Discarded,
}
