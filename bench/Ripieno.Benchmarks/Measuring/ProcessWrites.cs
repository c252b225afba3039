using System.Globalization;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>How much this process has written, as Linux counts it.</summary>
internal static class ProcessWrites
{
    private const string Name = "wchar:";

    /// <returns>Bytes handed to write calls since the process began.</returns>
    public static long Bytes()
    {
        var line = File.ReadLines("/proc/self/io").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        return long.Parse(line[Name.Length..], CultureInfo.InvariantCulture);
    }
}
