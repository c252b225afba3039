using System.Globalization;

namespace Ripieno.Benchmarks.Processes;

/// <summary>Memory of a process as the kernel counts it.</summary>
/// <param name="Resident">MB in memory now.</param>
/// <param name="Peak">The most that it ever was.</param>
internal readonly record struct ProcessMemory(double Resident, double Peak)
{
    public static ProcessMemory Of(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        return new(Megabytes(lines, "VmRSS:"), Megabytes(lines, "VmHWM:"));
    }

    private static double Megabytes(string[] lines, string name)
    {
        var line = lines.First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }
}
