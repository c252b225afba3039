namespace Ripieno.Runs;

/// <summary>The part of a step that decides its moves. <see cref="StepMoves"/> moves it; stores keep it.</summary>
internal sealed record StepState
{
    public required StepStatus Status { get; init; }

    public Trigger Trigger { get; init; }

    /// <summary>Dependencies that are not terminal yet.</summary>
    public int Pending { get; init; }

    /// <summary>Dependencies that are terminal without having succeeded.</summary>
    public int BrokenDependencies { get; init; }

    /// <summary>Members of the step's group that are not terminal yet.</summary>
    public int OpenMembers { get; init; }

    /// <summary>Members that are terminal without having succeeded.</summary>
    public int BrokenMembers { get; init; }

    /// <summary>+1 at every operator's retry, from 1.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Tries of this generation that failed.</summary>
    public int FailedAttempts { get; init; }

    /// <summary>+1 at every claim; the fence against stale writers.</summary>
    public long Epoch { get; init; }

    /// <summary>The epoch whose work was recorded; tells a repeated report from a stale one.</summary>
    public long RecordedEpoch { get; init; }

    /// <summary>Executions that ended with their instance.</summary>
    public int Deaths { get; init; }

    /// <summary>Those of them in which it was the only step of its instance, on purpose.</summary>
    public int DeathsAlone { get; init; }

    /// <summary>
    /// An execution of it is under way, has failed, or was lost with its instance, in this generation. Parking and handing back leave nothing behind: a step of which that is all has not begun.
    /// </summary>
    public bool HasBegun => Status is StepStatus.Running or StepStatus.Expanded || FailedAttempts > 0 || Deaths > 0;

    /// <summary>Instances have died of it, or beside it: from now on it executes alone, so that the next death tells which.</summary>
    public bool IsSuspect => Deaths >= StepMoves.DeathsToSuspicion;
}
