namespace Ripieno.Runs;

/// <summary>Where a run is. Stored by number: never renumber.</summary>
public enum RunStatus
{
    /// <summary>Accepted; some step is not terminal yet.</summary>
    Running = 0,

    /// <summary>Every step is terminal and none failed.</summary>
    Succeeded = 1,

    /// <summary>Every step is terminal and at least one failed or was dead-lettered.</summary>
    Failed = 2,

    /// <summary>An operator cancelled it.</summary>
    Cancelled = 3,
}
