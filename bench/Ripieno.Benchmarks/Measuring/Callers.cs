using System.Diagnostics;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>Many callers at once, each calling again as soon as it was answered, until the time is over.</summary>
internal static class Callers
{
    /// <param name="count">Callers at once.</param>
    /// <param name="length">How long they go on.</param>
    /// <param name="call">One call of a caller, by its number; false when there is nothing left to call for.</param>
    /// <param name="cancellation">Ends all early, without a result.</param>
    public static async Task<Load> RunAsync(int count, TimeSpan length, Func<int, Task<bool>> call, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        var written = ProcessWrites.Bytes();
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, count).Select(caller => Task.Run(() => LoopAsync(caller), cancellation)));
        var took = Stopwatch.GetElapsedTime(started);
        var calls = Math.Max(1, latencies.Count);
        return new(calls / took.TotalSeconds, (Environment.CpuUsage.TotalTime - processor) / calls, (double)(ProcessWrites.Bytes() - written) / calls, latencies);

        async Task LoopAsync(int caller)
        {
            while (Stopwatch.GetElapsedTime(started) < length)
            {
                cancellation.ThrowIfCancellationRequested();
                var called = Stopwatch.GetTimestamp();
                if (!await call(caller))
                    return;
                latencies.AddSince(called);
            }
        }
    }
}

/// <summary>What many callers got.</summary>
/// <param name="Rate">Answered calls per second.</param>
/// <param name="Processor">Time of all cores together that a call took, callers and garbage collection included. Steadier than the rate while others use the machine.</param>
/// <param name="Written">Bytes handed to files for a call.</param>
/// <param name="Latencies">Of each call.</param>
internal sealed record Load(double Rate, TimeSpan Processor, double Written, Latencies Latencies);
