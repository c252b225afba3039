using System.Globalization;
using System.Text.RegularExpressions;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>An execution of a step that ended with its instance.</summary>
/// <param name="Execution">Which, from 1 over all generations.</param>
/// <param name="At">When it was noticed.</param>
/// <param name="Instance">Id of the instance.</param>
/// <param name="Alone">The step was the only one of its instance, on purpose.</param>
/// <param name="How">In words: its process is gone, or it fell silent.</param>
internal sealed partial record StepDeath(long Execution, DateTimeOffset At, string Instance, bool Alone, string How)
{
    /// <summary>Null when the event tells of something else.</summary>
    public static StepDeath? Of(RunEvent happened)
    {
        if (happened.Kind != RunEventKind.LeaseExpired || Pattern().Match(happened.Detail ?? "") is not { Success: true } match)
            return null;
        var how = match.Groups["how"].Value;
        return new(
            long.Parse(match.Groups["execution"].Value, CultureInfo.InvariantCulture),
            happened.At,
            InstancePattern().Match(how) is { Success: true } named ? named.Groups["instance"].Value : "",
            match.Groups["alone"].Success,
            how);
    }

    [GeneratedRegex(@"^execution (?<execution>\d{1,18})(?<alone>, alone)?: (?<how>.*)\z", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^(the process of (?<instance>.+?)( \(pid \d+\))? is gone|(?<instance>.+) was silent for longer than the lease)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InstancePattern();
}
