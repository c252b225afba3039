using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;

namespace Ripieno.Cluster;

/// <summary>Measures what this process uses, from one look to the next.</summary>
internal sealed class ProcessMeter(TimeProvider time)
{
    private readonly Lock _lock = new();
    private (long At, Totals Totals)? _last;

    public ProcessUse Look()
    {
        var (now, totals) = (time.GetTimestamp(), Totals.Now());
        (long At, Totals Totals)? last;
        lock (_lock)
            (last, _last) = (_last, (now, totals));
        var memory = Environment.WorkingSet;
        if (last is not { } before || time.GetElapsedTime(before.At, now).TotalSeconds is not (> 0 and var seconds))
            return new(null, memory, null, null, null, null);
        return new(
            Math.Max(0, (totals.Processor - before.Totals.Processor).TotalSeconds / seconds), memory,
            Rate(before.Totals.Received, totals.Received, seconds), Rate(before.Totals.Sent, totals.Sent, seconds),
            Rate(before.Totals.Read, totals.Read, seconds), Rate(before.Totals.Written, totals.Written, seconds));
    }

    /// <summary>Counters may begin anew, with an interface that was taken away.</summary>
    private static double? Rate(long? before, long? now, double seconds) => now >= before ? (now - before) / seconds : null;

    private readonly record struct Totals(TimeSpan Processor, long? Received, long? Sent, long? Read, long? Written)
    {
        public static Totals Now()
        {
            var (received, sent) = Network();
            var (read, written) = Storage();
            using var process = Process.GetCurrentProcess();
            return new(process.TotalProcessorTime, received, sent, read, written);
        }

        private static (long?, long?) Network()
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
        private static (long?, long?) Storage()
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
}
