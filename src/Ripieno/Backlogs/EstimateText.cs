using System.Globalization;
using System.Text.RegularExpressions;

namespace Ripieno.Backlogs;

/// <summary>Estimates as people write them: <c>30 min</c>, <c>2h</c>, <c>1.5 hours</c>, <c>1 day 4h</c>. A day is 8 hours of work, a week 5 days.</summary>
internal static partial class EstimateText
{
    public const string Expected = "an estimate with a unit, such as \"30 min\", \"2h\", \"1.5 days\" or \"1 week\"";

    private const int LongestText = 100;
    private const double LongestHours = 100_000;

    public static bool TryParse(string text, out TimeSpan estimate)
    {
        estimate = default;
        if (text.Length > LongestText || !Whole().IsMatch(text))
            return false;
        var hours = 0.0;
        foreach (Match part in Part().Matches(text))
        {
            hours += double.Parse(part.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
                * char.ToUpperInvariant(part.Groups["unit"].ValueSpan[0]) switch
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

    private const string OnePart = @"(?<number>[0-9]{1,9}(\.[0-9]{1,6})?)\s*(?<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)";

    private const RegexOptions Linear =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    [GeneratedRegex($@"^\s*({OnePart}[\s,]*)+\z", Linear)]
    private static partial Regex Whole();

    [GeneratedRegex(OnePart, Linear)]
    private static partial Regex Part();
}
