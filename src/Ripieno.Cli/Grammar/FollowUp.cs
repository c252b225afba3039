using System.Text.RegularExpressions;
using Ripieno.Configuration;

namespace Ripieno.Cli.Grammar;

/// <summary>
/// Commands that the user is told to give next: with the same <c>--store</c> and <c>--config</c> as this one, or they would look for the run where it is not.
/// </summary>
/// <param name="options">Those options, each after a space, as a shell takes them; empty = none were given.</param>
internal sealed partial class FollowUp(string options)
{
    public static FollowUp None { get; } = new("");

    public static FollowUp Of(CommonSettings common) => new(Option("--config", common.Config) + Option("--store", common.Store is { } store ? RedisAddress.Mask(store) : null));

    /// <param name="rest">What follows <c>ripieno</c>.</param>
    public string Command(string rest) => $"ripieno {rest}{options}";

    /// <summary>For messages of those who do not know what was typed.</summary>
    /// <returns>A sentence about the commands that they name; null where they name none, or nothing was typed.</returns>
    public string? Hint(IEnumerable<string> messages) => options.Length > 0 && messages.Any(message => Commands().IsMatch(message)) ? $"Such commands need{options} too." : null;

    private static string Option(string name, string? value) => value is null ? "" : $" {name} {(Plain().IsMatch(value) ? value : $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'")}";

    [GeneratedRegex(@"\bripieno [a-z]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Commands();

    [GeneratedRegex(@"^[\w./:@,+=-]+$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Plain();
}
