namespace Ripieno.Cli.Output;

/// <summary><c>drill failover --json</c>, and a line of the book of drills.</summary>
internal sealed record DrillDocument
{
    /// <summary><c>failover</c>.</summary>
    public required string Drill { get; init; }

    /// <summary>When the worker was killed.</summary>
    public required DateTimeOffset At { get; init; }

    public required bool Passed { get; init; }

    /// <summary>Why it has not passed, in words.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>Location of the store, without user and password.</summary>
    public required string Store { get; init; }

    /// <summary><c>killed</c> or <c>frozen</c>.</summary>
    public required string Fault { get; init; }

    /// <summary>Of each of the two workers.</summary>
    public required int Slots { get; init; }

    /// <summary>Of the drill's run.</summary>
    public required int Steps { get; init; }

    /// <summary>Executions that ended with the worker.</summary>
    public required int InFlight { get; init; }

    /// <summary>From the kill until its steps were taken away from it; null = never.</summary>
    public required double? NoticedSeconds { get; init; }

    /// <summary>From the kill until all its steps had been claimed by the other; null = never.</summary>
    public required double? ClaimedAgainSeconds { get; init; }

    /// <summary>From the kill until the run had ended; null = it did not.</summary>
    public required double? DoneSeconds { get; init; }

    public required double LeaseSeconds { get; init; }

    /// <summary>The most that claiming again may take.</summary>
    public required double BoundSeconds { get; init; }

    /// <summary>Executions beyond the first of each step.</summary>
    public required long Repeated { get; init; }

    /// <summary>Steps without a result.</summary>
    public required int Lost { get; init; }

    /// <summary>Results beyond one for each step.</summary>
    public required int Duplicated { get; init; }
}
