namespace Ripieno.Cluster;

/// <summary>Measures what this process uses, from one look to the next.</summary>
internal sealed class ProcessMeter(TimeProvider time)
{
    private readonly Lock _lock = new();
    private (long At, ProcessTotals Totals)? _last;

    public ProcessUse Look()
    {
        var (now, totals) = (time.GetTimestamp(), ProcessTotals.Now());
        (long At, ProcessTotals Totals)? last;
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
}
