namespace Ripieno.Callbacks;

/// <summary>How a callback of a run stands.</summary>
/// <param name="Callback">Its name, or the address asked for.</param>
/// <param name="Run">The run that tells: for <c>show</c>, <c>logs</c>, <c>retry</c>.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Detail">What the receiver said, or what is waited for; null when the status says it all.</param>
/// <param name="Tries">Deliveries that have failed, and the one that was taken.</param>
/// <param name="At">When it was delivered or failed, or when the next try comes; null when nobody knows.</param>
internal sealed record CallbackState(string Callback, string Run, CallbackStatus Status, string? Detail, int Tries, DateTimeOffset? At);

internal enum CallbackStatus
{
    /// <summary>The run has not ended, or nobody has noticed yet.</summary>
    Waiting,

    /// <summary>On its way: ready for a worker that has the callback, with one, or before another try.</summary>
    Delivering,

    Delivered,

    Failed,

    Cancelled,

    /// <summary>Of a retry that never came to be: the run's end was told before.</summary>
    Dropped,
}
