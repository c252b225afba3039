namespace Ripieno.Runs;

/// <summary>When a failed try is followed by another.</summary>
/// <param name="MaxAttempts">Tries in all, from 1. Waiting for an endpoint and worker deaths cost none.</param>
/// <param name="FirstDelay">Back-off after the first failed try; doubles with each.</param>
/// <param name="MaxDelay">Bound of the back-off.</param>
internal sealed record RetryPolicy(int MaxAttempts, TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>4 tries, 1 s doubling to 60 s: rides out a crashed model runner, gives up within a few minutes.</summary>
    public static readonly RetryPolicy Default = new(4, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    /// <summary>
    /// The pause before the next try, or null when there is none. Half of it is fixed and half is random, so that steps that failed
    /// together do not come back together and yet none comes back at once.
    /// </summary>
    /// <param name="failedAttempts">Tries that have failed, this one included.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    public TimeSpan? DelayAfter(int failedAttempts, double random)
    {
        if (failedAttempts >= MaxAttempts)
            return null;
        var doubled = FirstDelay * Math.Pow(2, Math.Min(failedAttempts - 1, 30));
        var bound = doubled < MaxDelay ? doubled : MaxDelay;
        return bound * (0.5 + random / 2);
    }
}
