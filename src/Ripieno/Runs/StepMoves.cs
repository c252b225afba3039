namespace Ripieno.Runs;

/// <summary>
/// Every move of a step, as pure functions: the whole state machine in one place, for stores to apply inside their atomic operations and for
/// tests to compare them with. Callers check the fence first. <c>README.md</c> draws the diagram.
/// </summary>
internal static class StepMoves
{
    /// <summary>
    /// Deaths after which a step executes alone. The first says little: with 8 slots and random kills every step in flight counts one, and a bound on all deaths would give up
    /// a quarter of the healthy runs of a machine that is killed often.
    /// </summary>
    public const int DeathsToSuspicion = 2;

    /// <summary>The state of a new step that waits for <paramref name="pending"/> dependencies, of which <paramref name="broken"/> more have ended badly.</summary>
    public static StepState New(Trigger trigger, int pending, int broken) =>
        Settled(new StepState { Status = StepStatus.Blocked, Trigger = trigger, Pending = pending, BrokenDependencies = broken });

    public static StepState Claimed(StepState step) =>
        Require(step, step.Status == StepStatus.Ready) with { Status = StepStatus.Running, Epoch = step.Epoch + 1 };

    /// <summary>The work is done; with members added the step is a group from now on.</summary>
    public static StepState WorkDone(StepState step, int addedMembers) => Require(step, CanReport(step)) with
    {
        Status = addedMembers > 0 ? StepStatus.Expanded : StepStatus.Succeeded,
        OpenMembers = addedMembers,
        BrokenMembers = 0,
        RecordedEpoch = step.Epoch,
    };

    /// <summary>A try failed; another follows after a pause, or none.</summary>
    public static StepState TryFailed(StepState step, bool another) => Require(step, CanReport(step)) with
    {
        Status = another ? StepStatus.Waiting : StepStatus.Failed,
        FailedAttempts = step.FailedAttempts + 1,
        RecordedEpoch = step.Epoch,
    };

    public static StepState Parked(StepState step) =>
        Require(step, CanReport(step)) with { Status = StepStatus.Waiting, RecordedEpoch = step.Epoch };

    public static StepState HandedBack(StepState step) =>
        Require(step, CanReport(step)) with { Status = StepStatus.Ready, RecordedEpoch = step.Epoch };

    /// <summary>
    /// The instance was silent for longer than its lease, or its process is gone. The epoch stays: until another claim the late result is welcome. A suspect was alone
    /// in its instance: after <paramref name="maxDeathsAlone"/> such deaths it is given up.
    /// </summary>
    public static StepState OwnerLost(StepState step, int maxDeathsAlone)
    {
        var deathsAlone = step.DeathsAlone + (step.IsSuspect ? 1 : 0);
        return Require(step, step.Status == StepStatus.Running) with
        {
            Status = deathsAlone >= maxDeathsAlone ? StepStatus.DeadLettered : StepStatus.Ready,
            Deaths = step.Deaths + 1,
            DeathsAlone = deathsAlone,
        };
    }

    /// <summary>The silent instance came back before anyone else took the step.</summary>
    public static StepState OwnerBack(StepState step)
    {
        // An operator's retry may have forgotten the deaths meanwhile.
        var before = Require(step, step.Status == StepStatus.Ready) with { Status = StepStatus.Running, Deaths = Math.Max(0, step.Deaths - 1) };
        return before.IsSuspect ? before with { DeathsAlone = step.DeathsAlone - 1 } : before;
    }

    public static StepState Due(StepState step) => Require(step, step.Status == StepStatus.Waiting) with { Status = StepStatus.Ready };

    public static StepState DependencyEnded(StepState step, bool broken) => Settled(Require(step, step.Status == StepStatus.Blocked) with
    {
        Pending = step.Pending - 1,
        BrokenDependencies = step.BrokenDependencies + (broken ? 1 : 0),
    });

    public static StepState MembersAdded(StepState group, int count) =>
        Require(group, group.Status == StepStatus.Expanded) with { OpenMembers = group.OpenMembers + count };

    public static StepState MemberEnded(StepState group, bool broken)
    {
        var open = group.OpenMembers - 1;
        var brokenMembers = group.BrokenMembers + (broken ? 1 : 0);
        return Require(group, group.Status == StepStatus.Expanded) with
        {
            Status = open > 0 ? StepStatus.Expanded : brokenMembers > 0 ? StepStatus.Failed : StepStatus.Succeeded,
            OpenMembers = open,
            BrokenMembers = brokenMembers,
        };
    }

    public static StepState Cancelled(StepState step) => Require(step, !step.Status.IsTerminal) with { Status = StepStatus.Cancelled };

    /// <summary>The run has stopped at a failure: a step that could begin does not. One that has begun, and one that asks for no success, is left as it is.</summary>
    public static StepState Stopped(StepState step) =>
        step is { Status: StepStatus.Ready or StepStatus.Waiting, Trigger: Trigger.AllSucceeded, HasBegun: false } ? step with { Status = StepStatus.Skipped } : step;

    /// <summary>True of a step that only <see cref="Stopped"/> has skipped: whatever it depends on is well.</summary>
    public static bool IsStopped(StepState step) => step is { Status: StepStatus.Skipped, BrokenDependencies: 0 };

    /// <summary>An operator's retry of a run that had stopped: what was not begun may begin.</summary>
    public static StepState StopLifted(StepState step) =>
        Require(step, IsStopped(step)) with { Status = StepStatus.Ready, Generation = step.Generation + 1, FailedAttempts = 0 };

    /// <summary>An operator's retry of a step that failed by its own work.</summary>
    public static StepState Retried(StepState step) => Require(step, step.Status is StepStatus.Failed or StepStatus.DeadLettered) with
    {
        Status = StepStatus.Ready,
        Generation = step.Generation + 1,
        FailedAttempts = 0,
        Deaths = 0,
        DeathsAlone = 0,
    };

    /// <summary>A retry below reopened one of the step's dependencies: skipped steps wait again, and so do finished ones that had looked at it (all-done).</summary>
    public static StepState DependencyReopened(StepState step, bool wasBroken) => step with
    {
        Status = StepStatus.Blocked,
        Generation = step.Status.IsTerminal ? step.Generation + 1 : step.Generation,
        FailedAttempts = step.Status.IsTerminal ? 0 : step.FailedAttempts,
        Pending = step.Pending + 1,
        BrokenDependencies = step.BrokenDependencies - (wasBroken ? 1 : 0),
    };

    /// <summary>A retry below reopened one of the group's members.</summary>
    public static StepState MemberReopened(StepState group, bool wasBroken) => group with
    {
        Status = StepStatus.Expanded,
        Generation = group.Status.IsTerminal ? group.Generation + 1 : group.Generation,
        FailedAttempts = group.Status.IsTerminal ? 0 : group.FailedAttempts,
        OpenMembers = group.OpenMembers + 1,
        BrokenMembers = group.BrokenMembers - (wasBroken ? 1 : 0),
    };

    /// <summary>
    /// An execution may report while the step is its own: running, or ready again because its lease ran out and no one took it since
    /// (then its epoch has not been recorded).
    /// </summary>
    public static bool CanReport(StepState step) =>
        step.Status == StepStatus.Running || (step.Status == StepStatus.Ready && step.RecordedEpoch != step.Epoch);

    private static StepState Settled(StepState step)
    {
        if (step.Pending > 0)
            return step;
        var starts = step.Trigger == Trigger.AllDone || step.BrokenDependencies == 0;
        return step with { Status = starts ? StepStatus.Ready : StepStatus.Skipped };
    }

    private static StepState Require(StepState step, bool allowed) =>
        allowed ? step : throw new InvalidOperationException($"A step that is {step.Status} cannot make this move: {step}.");
}
