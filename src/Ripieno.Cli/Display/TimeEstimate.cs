namespace Ripieno.Cli.Display;

/// <summary>Guesses how long a run still takes: mean time of a step, times steps left, divided by slots.</summary>
internal static class TimeEstimate
{
    // With fewer, one slow first call (a model being loaded) would make the guess wild.
    private const int Basis = 3;

    /// <param name="done">Steps finished since the display began. Their number over the time elapsed is slots divided by mean step time.</param>
    /// <param name="left">Steps that are still to be done.</param>
    /// <param name="elapsed">Time since the display began.</param>
    /// <returns>Null as long as there is no basis for a guess.</returns>
    public static TimeSpan? Of(int done, int left, TimeSpan elapsed) =>
        done < Basis || left <= 0 || elapsed <= TimeSpan.Zero ? null : elapsed / done * left;
}
