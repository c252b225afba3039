namespace Ripieno.Workers;

/// <summary>Whether a worker can take work.</summary>
internal enum Readiness
{
    Ready,

    /// <summary>Not registered yet.</summary>
    Starting,

    /// <summary>Takes nothing new any more.</summary>
    Draining,

    /// <summary>The store refuses what it is asked, or has not acknowledged a heartbeat for the time of a lease.</summary>
    StoreAway,
}
