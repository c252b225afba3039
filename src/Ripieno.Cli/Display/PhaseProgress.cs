using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>How far one phase of a run is.</summary>
/// <param name="Name">As the workflow calls it.</param>
/// <param name="Done">Steps whose own work is over, however it ended.</param>
/// <param name="Total">Steps known or certain to come.</param>
internal sealed record PhaseProgress(string Name, int Done, int Total)
{
    /// <summary>More than this are told together: a display has other things to show too.</summary>
    private const int MostPhases = 10;

    /// <summary>Plan, execute and review, from the counts of a run; or the steps with agents of a user's workflow.</summary>
    public static IReadOnlyList<PhaseProgress> Of(IReadOnlyList<StepCount> counts, RunBanner banner) => banner.Own is { } workflow ? OfOwn(counts, workflow) : OfStandard(counts);

    private static List<PhaseProgress> OfOwn(IReadOnlyList<StepCount> counts, WorkflowDefinition workflow)
    {
        var phases = workflow.Steps.Where(step => step.Agent is not null)
            .Select(step => Count(counts, step.Name) with { Name = step.Name.Replace("[]", "", StringComparison.Ordinal).Replace(":", " ", StringComparison.Ordinal) })
            .ToList();
        return phases.Count <= MostPhases ? phases : [new("steps", phases.Sum(phase => phase.Done), phases.Sum(phase => phase.Total))];
    }

    private static IReadOnlyList<PhaseProgress> OfStandard(IReadOnlyList<StepCount> counts)
    {
        var execute = Count(counts, StandardWorkflow.Execute);
        var review = Count(counts, StandardWorkflow.Review);

        // Each execution that does not break brings one review, which exists only once the execution is over. One whose own work is over
        // stands as expanded or, when its task came to an end, as anything terminal: its review has been added already.
        var coming = counts.Where(count => count.Definition == StandardWorkflow.Execute && !count.Status.IsTerminal && count.Status != StepStatus.Expanded)
            .Sum(count => count.Count);
        return [Count(counts, StandardWorkflow.Plan), execute, review with { Total = Math.Max(review.Total, Math.Min(review.Total + coming, execute.Total)) }];
    }

    private static PhaseProgress Count(IReadOnlyList<StepCount> counts, string definition)
    {
        var own = counts.Where(count => count.Definition == definition).ToList();
        return new(
            definition,
            own.Where(count => count.Status.IsTerminal || count.Status == StepStatus.Expanded).Sum(count => count.Count),
            own.Sum(count => count.Count));
    }
}
