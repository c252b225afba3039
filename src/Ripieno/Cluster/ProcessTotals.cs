using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;

namespace Ripieno.Cluster;

/// <summary>What this process has used since it began.</summary>
/// <param name="Processor">Processor time.</param>
/// <param name="Received">Bytes over the machine's (or container's) network interfaces without loopback, since those came up; null = not known here.</param>
/// <param name="Sent">The same, sent.</param>
/// <param name="Read">Bytes that the process read from disks; null = not known here.</param>
/// <param name="Written">The same, written.</param>
internal readonly record struct ProcessTotals(TimeSpan Processor, long? Received, long? Sent, long? Read, long? Written)
{
    public static ProcessTotals Now()
    {
        var (received, sent) = Network();
        var (read, written) = Storage();
        return new(ProcessorTime(), received, sent, read, written);
    }

    public static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    public static (long? Received, long? Sent) Network()
    {
        try
        {
            var all = NetworkInterface.GetAllNetworkInterfaces().Where(one => one.NetworkInterfaceType != NetworkInterfaceType.Loopback).Select(one => one.GetIPStatistics()).ToList();
            return (all.Sum(one => one.BytesReceived), all.Sum(one => one.BytesSent));
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            return (null, null);
        }
    }

    /// <summary>Only Linux tells a process what of its reading and writing reached the disks.</summary>
    public static (long? Read, long? Written) Storage()
    {
        try
        {
            var lines = File.ReadAllLines("/proc/self/io").Select(line => line.Split(": ")).Where(parts => parts.Length == 2)
                .ToDictionary(parts => parts[0], parts => long.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
            return (lines["read_bytes"], lines["write_bytes"]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or KeyNotFoundException)
        {
            return (null, null);
        }
    }
}
