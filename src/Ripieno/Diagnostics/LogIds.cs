using System.Globalization;
using System.Security.Cryptography;

namespace Ripieno.Diagnostics;

/// <summary>
/// Names the lines of one process: a random origin and a number, such as <c>4fkq0w2mzt-17</c>. By it a line that is found in a file and in the store is known to be one. The instance's own id would not do: a process
/// that is started afresh has it again.
/// </summary>
internal sealed class LogIds
{
    private long _last;

    /// <summary>50 random bits: among ten thousand processes two have the same once in twenty million.</summary>
    public string Origin { get; } = RandomNumberGenerator.GetString("0123456789bcdfghjkmnpqrstvwxyz_~", 10);

    public string Next() => string.Create(CultureInfo.InvariantCulture, $"{Origin}-{Interlocked.Increment(ref _last)}");

    /// <summary>Origin and number of an id; an empty origin when it is none.</summary>
    public static (string Origin, long Number) Parse(string? id) =>
        id?.LastIndexOf('-') is > 0 and var dash && long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (id[..dash], number) : ("", 0);
}
