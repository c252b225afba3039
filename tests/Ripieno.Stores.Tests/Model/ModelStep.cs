using Ripieno.Runs;

namespace Ripieno.Stores.Tests.Model;

/// <summary>A step of the reference model: what happened to it, without any counter.</summary>
internal sealed class ModelStep
{
    public required string Key { get; init; }

    public required ModelStep? Parent { get; init; }

    public required List<ModelStep> DependsOn { get; init; }

    public required bool AllDone { get; init; }

    public required int Priority { get; init; }

    public StepStatus Status { get; set; } = StepStatus.Blocked;

    public int Generation { get; set; } = 1;

    public int FailedAttempts { get; set; }

    public long Epoch { get; set; }

    /// <summary>The last execution whose report counted.</summary>
    public long Reported { get; set; }

    public int Deaths { get; set; }

    /// <summary>Those among them in which it was alone in its instance.</summary>
    public int DeathsAlone { get; set; }

    /// <summary>Two instances have died of it: the next executes nothing else beside it.</summary>
    public bool IsSuspect => Deaths >= 2;

    /// <summary>The instance that makes room for it.</summary>
    public Guid? KeptFor { get; set; }

    public Guid? Owner { get; set; }

    public DateTimeOffset Due { get; set; }

    /// <summary>It has members, whatever became of them.</summary>
    public bool IsGroup { get; set; }

    public bool IsOpen => Status is StepStatus.Blocked or StepStatus.Ready or StepStatus.Waiting or StepStatus.Running or StepStatus.Expanded;

    public bool EndedBadly => Status is StepStatus.Failed or StepStatus.Skipped or StepStatus.Cancelled or StepStatus.DeadLettered;

    public string Line =>
        $"{Key} {Status} generation {Generation} failed {FailedAttempts} epoch {Epoch} deaths {Deaths}/{DeathsAlone} in {Parent?.Key}";
}
