using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ripieno.Errors;

namespace Ripieno.Coordination;

/// <summary>Ids of runs: they name folders and stand in command lines, so they hold only characters that are plain in both.</summary>
internal static partial class RunId
{
    public const int MaxLength = 100;

    /// <summary>Date, time and four letters: sorts by age, can be typed, and does not collide in practice.</summary>
    public static string New(TimeProvider time)
    {
        var now = time.GetLocalNow();
        return now.ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetString("bcdfghjkmnpqrstvwxz", 4);
    }

    /// <exception cref="InvalidInputException">The id cannot be used.</exception>
    public static void Check(string id)
    {
        var plain = id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
        if (id.Length is 0 or > MaxLength || !plain || id[0] is '.' or '-' || id[^1] == '.')
        {
            throw new InvalidInputException(new Problem(
                null, null, "run id", $"'{id}'", $"1 to {MaxLength} letters, digits, '-', '_' or '.', not beginning with '-' or '.', not ending with '.'"));
        }
    }

    /// <exception cref="InvalidInputException">The id is one of those that callbacks of other runs have.</exception>
    public static void CheckFree(string id)
    {
        if (OfCallback().IsMatch(id))
            throw new InvalidInputException(new Problem(null, null, "run id", $"'{id}'", "an id that does not end with .callback- and a number, which is what a run's callbacks are called"));
    }

    [GeneratedRegex(@"\.callback-[0-9]+(\.[0-9]+)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OfCallback();
}
