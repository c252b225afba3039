using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>The right to report on one execution of a step. The epoch is the fence: a report from an older one is refused.</summary>
internal readonly record struct StepLease(string RunId, int StepIndex, long Epoch);

/// <summary>How many steps of a class an instance can start now.</summary>
internal readonly record struct ClassDemand(StepClass Class, int Count);

/// <summary>A request for work.</summary>
internal sealed record ClaimRequest
{
    public required Guid Incarnation { get; init; }

    /// <summary>Only steps of these classes are handed out, at most <see cref="ClassDemand.Count"/> of each.</summary>
    public required IReadOnlyList<ClassDemand> Classes { get; init; }

    /// <summary>Bound over all classes together: the free slots.</summary>
    public required int Count { get; init; }

    /// <summary>How long the instance may be silent, from now, before its steps are given to another.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>Only steps of this run; null = of any.</summary>
    public string? RunId { get; init; }

    /// <summary>
    /// Nothing is taken from silent instances: this one was out of touch itself a moment ago (the server stood still, the machine slept), so they may only be as late as it was.
    /// </summary>
    public bool SparesSilent { get; init; }
}

/// <summary>What an instance can go on with when a step of its own is done.</summary>
/// <param name="Incarnation">Whose step it is.</param>
/// <param name="Classes">Of which it has room for one more step.</param>
internal sealed record FollowUpRequest(Guid Incarnation, IReadOnlyList<StepClass> Classes);

/// <summary>What became of a completion, and what follows at once.</summary>
/// <param name="Outcome">Of the completion.</param>
/// <param name="FollowUp">A step of the same run, handed out as by a claim; null = none.</param>
internal readonly record struct CompletionReply(ReportOutcome Outcome, ClaimedStep? FollowUp);

/// <summary>A step handed to an instance, with all that is needed to begin.</summary>
internal sealed record ClaimedStep
{
    public required StepLease Lease { get; init; }

    public required string Key { get; init; }

    public required string Definition { get; init; }

    public required StepClass Class { get; init; }

    public required int Generation { get; init; }

    /// <summary>Tries of this generation that have failed already.</summary>
    public required int FailedAttempts { get; init; }

    /// <summary>Instances have died of it before: until it is reported the instance takes nothing else.</summary>
    public bool Alone { get; init; }

    /// <summary>For how long it had been ready; null when that is not known, as of an answer that was lost and read again.</summary>
    public TimeSpan? Waited { get; init; }

    public required ReadOnlyMemory<byte> Input { get; init; }

    public required ContentHash SnapshotHash { get; init; }
}

/// <summary>A dependency of a step, for prompts.</summary>
/// <param name="Index">The dependency's index.</param>
/// <param name="Key">Its key.</param>
/// <param name="Status">Terminal.</param>
/// <param name="ResultStep">Whose result counts: the step itself, or the member that its group accepted.</param>
/// <param name="Result">Hash of that result; null when it left none.</param>
internal sealed record DependencyRecord(int Index, string Key, StepStatus Status, int ResultStep, ContentHash? Result);
