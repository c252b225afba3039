namespace Ripieno.Callbacks;

/// <summary>What came of one try to bring a message to its receiver.</summary>
/// <param name="Result">Taken, or not.</param>
/// <param name="How">For people: the answer's status, or what went wrong.</param>
/// <param name="RetryAfter">How long the receiver asked to be left alone.</param>
internal sealed record Delivery(DeliveryResult Result, string How, TimeSpan? RetryAfter = null);

internal enum DeliveryResult
{
    Taken,

    /// <summary>Another try may help.</summary>
    Failed,

    /// <summary>The receiver wants no more of it.</summary>
    Refused,
}
