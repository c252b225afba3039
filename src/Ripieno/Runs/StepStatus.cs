namespace Ripieno.Runs;

/// <summary>Where a step is. Stored by number: never renumber. <c>README.md</c> of this folder draws the moves.</summary>
public enum StepStatus
{
    /// <summary>Some dependency is not terminal yet.</summary>
    Blocked = 0,

    /// <summary>May be claimed now.</summary>
    Ready = 1,

    /// <summary>May be claimed after a time: a retry's back-off, or parked while its endpoint is away.</summary>
    Waiting = 2,

    /// <summary>Leased to an instance.</summary>
    Running = 3,

    /// <summary>Its own work is done and recorded; it is now a group that waits for the steps it added.</summary>
    Expanded = 4,

    Succeeded = 5,

    Failed = 6,

    /// <summary>Given up because executing it kills instances; only an operator's retry moves it.</summary>
    DeadLettered = 7,

    /// <summary>Never executed, because something that it needs failed, or because its run stopped at a failure.</summary>
    Skipped = 8,

    Cancelled = 9,
}

internal static class StepStatusExtensions
{
    extension(StepStatus status)
    {
        /// <summary>No transition but an operator's retry leaves this status.</summary>
        public bool IsTerminal => status >= StepStatus.Succeeded;

        /// <summary>Terminal, and dependents that need success must not start.</summary>
        public bool IsBroken => status > StepStatus.Succeeded;
    }
}
