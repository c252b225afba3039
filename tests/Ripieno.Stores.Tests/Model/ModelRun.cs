using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Model;

/// <summary>
/// A run by the rules of flow alone: after each change every rule is applied to every step until nothing changes. Slow and simple on purpose; it shares no code
/// with the stores, neither counters nor moves.
/// </summary>
internal sealed class ModelRun
{
    public List<ModelStep> Steps { get; } = [];

    /// <summary>Nothing begins any more once something has failed.</summary>
    public bool StopOnFailure { get; init; }

    public bool Cancelled { get; private set; }

    public int Open => Steps.Count(step => step.IsOpen);

    public int Failed => Steps.Count(step => step.Status is StepStatus.Failed or StepStatus.DeadLettered);

    public RunStatus Status => Open > 0 ? RunStatus.Running : Cancelled ? RunStatus.Cancelled : Failed > 0 ? RunStatus.Failed : RunStatus.Succeeded;

    /// <summary>What a claim for this run hands out next, in order.</summary>
    public IEnumerable<ModelStep> Ready =>
        Steps.Where(step => step.Status == StepStatus.Ready && !step.IsSuspect).OrderByDescending(step => step.Priority).ThenBy(Steps.IndexOf);

    /// <summary>What a claim of an instance is answered while there are steps of which instances have died: null = as ever.</summary>
    public List<ModelStep>? Care(Guid instance, Func<Guid, bool> isAlive)
    {
        if (Steps.Exists(step => step.Owner == instance && step.IsSuspect))
            return [];
        var suspect = Steps
            .Where(step => step.Status == StepStatus.Ready && step.IsSuspect && (step.KeptFor is not { } other || other == instance || !isAlive(other)))
            .OrderBy(step => step.KeptFor == instance ? 0 : 1).ThenBy(Steps.IndexOf).FirstOrDefault();
        if (suspect is null)
            return null;
        if (!Steps.Exists(step => step.Owner == instance))
            return [suspect];
        suspect.KeptFor = instance;
        return [];
    }

    public void Add(ModelStep? parent, IEnumerable<StepSpec> specs)
    {
        foreach (var spec in specs)
        {
            Steps.Add(new()
            {
                Key = spec.Key,
                Parent = parent,
                DependsOn = [.. spec.DependsOn.Select(key => Steps.Single(step => step.Key == key))],
                AllDone = spec.Trigger == Trigger.AllDone,
                Priority = spec.Priority,
            });
        }

        Settle();
    }

    public void Claim(ModelStep step, Guid owner)
    {
        step.Status = StepStatus.Running;
        step.Epoch++;
        step.Owner = owner;
        step.KeptFor = null;
    }

    /// <summary>What the store must answer to a report, and whether the report changes anything.</summary>
    public ReportOutcome Judge(ModelStep step, long epoch)
    {
        // One that was given up, or that a retry has put behind others again, or a stop has skipped after it, takes nothing any more from those that had it before.
        if (epoch != step.Epoch || (step.Status is StepStatus.DeadLettered or StepStatus.Blocked or StepStatus.Skipped && step.Reported != epoch))
            return ReportOutcome.LeaseLost;
        return step.Reported == epoch || !Cancelled ? ReportOutcome.Recorded : ReportOutcome.Discarded;
    }

    /// <summary>Applies a report that the store must accept; a repeated one does nothing.</summary>
    public void Report(ModelStep step, long epoch, Action<ModelStep> effect)
    {
        var outcome = Judge(step, epoch);
        if (outcome == ReportOutcome.LeaseLost || step.Reported == epoch)
            return;
        step.Owner = null;
        if (outcome == ReportOutcome.Discarded)
        {
            if (step.Status == StepStatus.Running)
                (step.Status, step.Reported) = (StepStatus.Cancelled, epoch);
        }
        else
        {
            step.Reported = epoch;
            // Whoever made room for it does so no longer.
            step.KeptFor = null;
            effect(step);
        }

        Settle();
    }

    public void LoseOwner(ModelStep step)
    {
        step.Owner = null;
        if (Cancelled)
        {
            step.Status = StepStatus.Cancelled;
            return;
        }

        step.DeathsAlone += step.IsSuspect ? 1 : 0;
        step.Deaths++;
        step.Status = step.DeathsAlone >= 2 ? StepStatus.DeadLettered : StepStatus.Ready;
        Settle();
    }

    public void Cancel()
    {
        Cancelled = true;
        foreach (var step in Steps.Where(step => step.IsOpen && step.Status != StepStatus.Running))
            step.Status = StepStatus.Cancelled;
    }

    /// <summary>Reopens, as a set: the failed ones, what depends on a reopened step (unless it is a group), and the groups of reopened steps.</summary>
    public int Retry()
    {
        var roots = Steps.Where(step => step.Status is StepStatus.Failed or StepStatus.DeadLettered && !Steps.Any(member => member.Parent == step && member.EndedBadly)).ToHashSet();
        var stopped = Steps.Where(step => step.Status == StepStatus.Skipped && !step.DependsOn.Any(dependency => dependency.EndedBadly));
        var reopened = roots.Concat(stopped).ToHashSet();
        while (Steps.Any(step => MustFollow(step, reopened) && reopened.Add(step)))
        {
        }

        foreach (var step in reopened)
        {
            step.Status = step.IsGroup ? StepStatus.Expanded : StepStatus.Blocked;
            step.Generation++;
            step.FailedAttempts = 0;
            if (roots.Contains(step))
                (step.Deaths, step.DeathsAlone) = (0, 0);
        }

        Settle();
        return reopened.Count;
    }

    private bool MustFollow(ModelStep step, HashSet<ModelStep> reopened) =>
        !reopened.Contains(step)
        && ((!step.IsGroup && step.DependsOn.Any(reopened.Contains)) || reopened.Any(one => one.Parent == step));

    /// <summary>The rules of flow, until nothing changes any more.</summary>
    private void Settle()
    {
        while (!Cancelled && Steps.Any(Moves))
        {
        }
    }

    private bool Moves(ModelStep step)
    {
        var before = step.Status;
        if (step.Status == StepStatus.Blocked && !step.DependsOn.Any(dependency => dependency.IsOpen))
            step.Status = step.AllDone || !step.DependsOn.Any(dependency => dependency.EndedBadly) ? StepStatus.Ready : StepStatus.Skipped;
        var members = Steps.Where(member => member.Parent == step).ToList();
        if (StopOnFailure && Failed > 0 && step.Status is StepStatus.Ready or StepStatus.Waiting && !HasBegun(step) && !IsInAnyCase(step))
            step.Status = StepStatus.Skipped;
        if (step.Status == StepStatus.Expanded && members.Count > 0 && !members.Any(member => member.IsOpen))
            step.Status = members.Any(member => member.EndedBadly) ? StepStatus.Failed : StepStatus.Succeeded;
        return step.Status != before;
    }

    private static bool HasBegun(ModelStep step) => step.FailedAttempts > 0 || step.Deaths > 0;

    private static bool IsInAnyCase(ModelStep step) => step.AllDone || (step.Parent is { } parent && IsInAnyCase(parent));
}
