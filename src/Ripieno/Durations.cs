using System.Globalization;

namespace Ripieno;

/// <summary>Times for people.</summary>
internal static class Durations
{
    /// <summary>Such as <c>0.4 s</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Text(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 0 } => "0 s",
        { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#} s"),
        { TotalSeconds: < 59.5 } => $"{Math.Round(duration.TotalSeconds)} s",
        { TotalMinutes: < 60 } => Pair((int)duration.TotalMinutes, "min", duration.Seconds, "s"),
        _ => Pair((int)duration.TotalHours, "h", duration.Minutes, "min"),
    };

    private static string Pair(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
