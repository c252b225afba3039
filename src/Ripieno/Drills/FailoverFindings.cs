using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Drills;

/// <summary>What a drill's run shows once one of its two workers is gone.</summary>
internal sealed record FailoverFindings
{
    /// <summary>Executions that ended with the worker: leases that were taken away from it.</summary>
    public required int InFlight { get; init; }

    /// <summary>Executions beyond the first of each step.</summary>
    public required long Repeated { get; init; }

    /// <summary>Steps without a result.</summary>
    public required int Lost { get; init; }

    /// <summary>Results beyond one for each step.</summary>
    public required int Duplicated { get; init; }

    /// <param name="steps">All of the run.</param>
    /// <param name="events">All of the run.</param>
    public static FailoverFindings Of(IReadOnlyList<StepRecord> steps, IReadOnlyList<RunEvent> events)
    {
        var results = events.Where(item => item.Kind == RunEventKind.StepSucceeded).CountBy(item => item.StepKey!, StringComparer.Ordinal).ToList();
        return new()
        {
            InFlight = events.Count(item => item.Kind == RunEventKind.LeaseExpired),
            Repeated = steps.Sum(step => Math.Max(0, step.Epoch - 1)),
            Lost = steps.Count(step => step.Status != StepStatus.Succeeded || step.Result is null),
            Duplicated = results.Sum(step => step.Value - 1),
        };
    }

    /// <summary>Why the drill has failed; empty = it has passed.</summary>
    /// <param name="claimedAgain">From the kill until all that was in flight was claimed again; null = it never was.</param>
    /// <param name="bound">The most that it may take.</param>
    public IReadOnlyList<string> Faults(TimeSpan? claimedAgain, TimeSpan bound)
    {
        var faults = new List<string>();
        if (InFlight == 0)
            faults.Add("the kill hit no step, so nothing was shown");
        if (claimedAgain is null)
            faults.Add("steps of the killed worker were not claimed again");
        else if (claimedAgain > bound)
            faults.Add("claiming its steps again took too long");
        if (Lost > 0)
            faults.Add($"{Lost} without a result");
        if (Duplicated > 0)
            faults.Add($"{Duplicated} recorded more than once");
        if (Repeated > InFlight)
            faults.Add($"{Repeated} executions were repeated, more than were in flight");
        return faults;
    }
}
