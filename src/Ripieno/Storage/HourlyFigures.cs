using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>
/// What happened within one hour to the steps of one agent of one workflow with one model, or (with an empty agent) to the workflow's runs. Sums, so that hours can be
/// added up; kept when the runs are deleted, because planning looks back further than retention.
/// </summary>
internal sealed record HourlyFigures
{
    /// <summary>Start of the hour, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    public required string Workflow { get; init; }

    /// <summary>Agent or, for steps without one, executor; empty = the figures are of whole runs.</summary>
    public required string Agent { get; init; }

    /// <summary><c>provider/model</c>; empty for runs, for steps without a model, and for arrivals, which do not know theirs yet.</summary>
    public required string Model { get; init; }

    /// <summary>Runs accepted, or steps added.</summary>
    public required long Arrived { get; init; }

    public required long Succeeded { get; init; }

    /// <summary>Failed by their own work, or were dead-lettered; a run: ended failed. What was skipped or cancelled is in neither.</summary>
    public required long Failed { get; init; }

    /// <summary>Steps: executions that reported (also a failed try, a parking, a hand-back). Runs: those that ended after a step had begun.</summary>
    public required long Served { get; init; }

    /// <summary>Steps: time for which they held a slot. Runs: from the first claim to the end.</summary>
    public required TimeSpan Service { get; init; }

    /// <summary>Sum of the squares of the service times in s², for their variance.</summary>
    public required double ServiceSquares { get; init; }

    /// <summary>Steps handed out.</summary>
    public required long Claimed { get; init; }

    /// <summary>Time for which those had been ready.</summary>
    public required TimeSpan Wait { get; init; }

    public required TokenUsage Usage { get; init; }
}
