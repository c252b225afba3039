using System.Globalization;
using System.Text.RegularExpressions;

namespace Ripieno.Backlogs;

/// <summary>Estimates as people write them: <c>30 min</c>, <c>2h</c>, <c>1.5 hours</c>, <c>1 day 4h</c>. A day is 8 hours of work, a week 5 days.</summary>
internal static partial class EstimateText
{
    public const string Expected = "an estimate with a unit, such as \"30 min\", \"2h\", \"1.5 days\" or \"1 week\"";

    private const double LongestHours = 100_000;

    public static bool TryParse(string text, out TimeSpan estimate)
    {
        estimate = default;
        var match = Whole().Match(text);
        if (!match.Success)
            return false;
        var hours = 0.0;
        for (var i = 0; i < match.Groups["number"].Captures.Count; i++)
        {
            if (!double.TryParse(match.Groups["number"].Captures[i].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            hours += number * char.ToUpperInvariant(match.Groups["unit"].Captures[i].ValueSpan[0]) switch
            {
                'M' => 1 / 60.0,
                'H' => 1,
                'D' => 8,
                _ => 40,
            };
        }

        if (hours is <= 0 or > LongestHours)
            return false;
        estimate = TimeSpan.FromTicks((long)Math.Round(hours * TimeSpan.TicksPerHour));
        return estimate > TimeSpan.Zero;
    }

    [GeneratedRegex(
        @"^\s*((?<number>[0-9]{1,9}(\.[0-9]{1,6})?)\s*(?<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)[\s,]*)+\z",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Whole();
}
