using System.Collections.Immutable;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Agents.Custom;

/// <summary>What people call a step of a user's workflow: the work of an agent with all its rounds, or a list or group that brought nothing.</summary>
/// <param name="Step">The step itself.</param>
/// <param name="Rounds">Its reviews and revisions, in the order added.</param>
/// <param name="IsReviewed">Whether it has rounds at all.</param>
internal sealed record WorkUnit(StepRecord Step, IReadOnlyList<StepRecord> Rounds, bool IsReviewed)
{
    /// <summary>People decide it.</summary>
    public bool IsApproval { get; init; }

    /// <summary>It waits for people.</summary>
    public bool IsAsked => IsApproval && Step.Status is StepStatus.Ready or StepStatus.Running;

    public string Name => IsApproval ? GateOf(Step.Key) : Step.Key;

    /// <summary>Its condition did not hold.</summary>
    public bool IsLeftOut => Step.Status == StepStatus.Succeeded && Step.Result == StepOutcome.SkippedHash;

    /// <summary>Where it stands: as its step does, but that work whose next round was kept from beginning, because the run stopped at a failure elsewhere, has not failed itself.</summary>
    public StepStatus Status => Step.Status == StepStatus.Failed && Rounds.Any(round => round.Status == StepStatus.Skipped) && !Rounds.Any(round => round.Status is StepStatus.Failed or StepStatus.DeadLettered)
        ? StepStatus.Skipped
        : Step.Status;

    /// <summary>Index of the step whose result and files stand for it.</summary>
    public int Version => Step.Accepted ?? Step.Index;

    /// <summary>Executions of the work that have begun: when accepted, the round that was.</summary>
    public int Round
    {
        get
        {
            var works = Rounds.Where(round => round.Definition == Step.Definition).ToList();
            return works.FindIndex(work => work.Index == Step.Accepted) is var at and >= 0 ? at + 2 : Step.Accepted == Step.Index ? 1 : 1 + works.Count(work => work.Epoch > 0);
        }
    }

    public TokenUsage Usage => Rounds.Aggregate(Step.Usage, (sum, round) => sum + round.Usage);

    /// <summary>Why it stands where it stands; empty = it does not say.</summary>
    public string Reason => IsLeftOut
        ? "its condition did not hold, or nothing of what it waits for was done"
        : Rounds.LastOrDefault(round => round.Status is StepStatus.Failed or StepStatus.DeadLettered)?.Reason ?? Step.Reason ?? "";

    /// <summary>The key by which people know an approval, from its step's.</summary>
    public static string GateOf(string key) => key[..key.LastIndexOf('/')];

    /// <param name="workflow">The run's.</param>
    /// <param name="steps">All of the run, in the order added.</param>
    public static IReadOnlyList<WorkUnit> Of(WorkflowDefinition workflow, IReadOnlyList<StepRecord> steps)
    {
        var byIndex = steps.ToDictionary(step => step.Index);
        var members = steps.Where(step => step.Parent is not null).ToLookup(step => step.Parent!.Value);
        var units = new List<WorkUnit>();
        foreach (var step in steps)
        {
            var definition = workflow.Step(step.Definition);
            var isRound = definition.Executor == WorkflowComposer.Review || (step.Parent is { } parent && byIndex[parent].Definition == step.Definition);
            if (isRound || definition.Executor == WorkflowComposer.ApprovalTimer)
                continue;
            // A list or a group that has steps is told by them.
            if (definition.Executor == WorkflowComposer.Expand && (members[step.Index].Any() || (step.Status == StepStatus.Succeeded && step.Result != StepOutcome.SkippedHash)))
                continue;
            units.Add(new(step, definition.Executor == WorkflowComposer.Agent ? [.. members[step.Index]] : [], definition.Work?.Review is not null)
            {
                IsApproval = definition.Executor == WorkflowComposer.Approval,
            });
        }

        // In the order of the workflow, what a list or a group has brought in its place.
        return [.. units.OrderBy(unit => Place(unit.Step), Comparer<ImmutableArray<int>>.Create((one, other) => one.AsSpan().SequenceCompareTo(other.AsSpan())))];

        ImmutableArray<int> Place(StepRecord step) => step.Parent is { } around ? [.. Place(byIndex[around]), step.Index] : [step.Index];
    }
}
