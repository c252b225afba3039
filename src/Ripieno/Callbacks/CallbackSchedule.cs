using System.Collections.Immutable;

namespace Ripieno.Callbacks;

/// <summary>When a delivery that failed is tried again: 10 tries within a day. The first pauses are short for a receiver that restarts, the last long for one that is repaired in the morning.</summary>
internal static class CallbackSchedule
{
    private static readonly ImmutableArray<TimeSpan> Pauses =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    /// <summary>Longest that a receiver is believed when it says how long to wait; beyond it a day's tries would take weeks.</summary>
    public static TimeSpan Longest => Pauses[^1];

    public static int Tries => Pauses.Length + 1;

    /// <param name="failedBefore">Tries that had failed before this one.</param>
    /// <param name="random">Uniform in [0, 1): up to a tenth longer, so that what failed together does not come back together.</param>
    /// <param name="asked">What the receiver asked for, as the least.</param>
    public static TimeSpan PauseAfter(int failedBefore, double random, TimeSpan? asked)
    {
        var pause = Pauses[Math.Clamp(failedBefore, 0, Pauses.Length - 1)] * (1 + (random / 10));
        return asked > pause ? asked.Value < Longest ? asked.Value : Longest : pause;
    }
}
