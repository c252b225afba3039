using System.Globalization;

namespace Ripieno.Configuration;

/// <summary>Durations as people write them in config: a number and a unit, <c>250ms</c>, <c>30s</c>, <c>15m</c>, <c>2h</c>, <c>1d</c>.</summary>
internal static class DurationText
{
    public const string Expected = "a duration such as \"250ms\", \"30s\", \"15m\" or \"2h\"";

    // Longest first, so that "ms" is not taken for "s".
    private static readonly (string Name, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = text.AsSpan().Trim();
        foreach (var (name, length) in Units)
        {
            if (!trimmed.EndsWith(name, StringComparison.Ordinal))
                continue;
            var number = trimmed[..^name.Length].TrimEnd();
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return false;
            // Not a number is in no range.
            var ticks = count * length.Ticks;
            if (ticks is not (>= 0 and < 3650.0 * TimeSpan.TicksPerDay))
                return false;
            duration = TimeSpan.FromTicks((long)ticks);
            return true;
        }

        return false;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same duration.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        foreach (var (name, length) in Units.Reverse())
        {
            if (duration.Ticks % length.Ticks == 0)
                return $"{duration.Ticks / length.Ticks}{name}";
        }

        return $"{duration.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms";
    }
}
