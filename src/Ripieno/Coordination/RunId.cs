using System.Globalization;
using System.Security.Cryptography;
using Ripieno.Errors;

namespace Ripieno.Coordination;

/// <summary>Ids of runs: they name folders and stand in command lines, so they hold only characters that are plain in both.</summary>
internal static class RunId
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
}
