using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>All instances of a store together, what is ready, and what is wrong.</summary>
internal sealed record ClusterStatus
{
    /// <summary>Load is uneven above it.</summary>
    public const double Uneven = 0.3;

    /// <summary>Seconds for which an instance is not compared with others: just started, it has had no time to be as busy as they are.</summary>
    private const double Young = 60;

    /// <summary>Below this mean use of their slots instances count as idle, and how unevenly idle they are means nothing.</summary>
    private const double Idle = 0.05;

    /// <summary>In the order in which they came.</summary>
    public required IReadOnlyList<InstanceStatus> Instances { get; init; }

    /// <summary>Only where something is ready.</summary>
    public required IReadOnlyList<QueueStatus> Queues { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<LimitStatus> Limits { get; init; }

    public required IReadOnlyList<ClusterAlert> Alerts { get; init; }

    /// <summary>The span that figures of the work are about: since the instance that has lived longest started, at most five minutes. Null when no instance lives.</summary>
    public TimeSpan? Span => Recent.Any() ? TimeSpan.FromSeconds(Recent.Max(recent => recent.Seconds)) : null;

    /// <summary>Slots of all that live.</summary>
    public int Slots => Living.Sum(one => one.Record.Slots);

    /// <summary>Slots at work.</summary>
    public int Busy => Living.Sum(one => one.Report?.Busy ?? 0);

    public long Ready => Queues.Sum(queue => queue.Backlog.Ready);

    /// <summary>Executions ended in a minute, of late.</summary>
    public double Throughput => Living.Sum(one => one.Report is { Recent: { Seconds: > 0 } recent } ? recent.Ended * 60 / recent.Seconds : 0);

    /// <summary>Mean seconds in a slot over all instances, of late; null when nothing has ended.</summary>
    public double? Latency => Ended == 0 ? null : Recent.Sum(recent => recent.ServiceSeconds) / Ended;

    /// <summary>Share of executions that brought a result, of late; null when nothing has ended.</summary>
    public double? SuccessRate => Ended == 0 ? null : (double)Recent.Sum(recent => recent.Succeeded) / Ended;

    /// <summary>
    /// How unevenly the slots of the workers are used: the coefficient of variation (standard deviation over mean) of their utilizations. Null where fewer than two work, or hardly anything is done. By
    /// utilization and not by steps, because an instance with slower models does fewer and is as busy.
    /// </summary>
    public double? LoadVariation { get; private init; }

    private IEnumerable<InstanceStatus> Living => Instances.Where(one => one.State != InstanceState.Silent);

    private IEnumerable<RecentWork> Recent => Living.Select(one => one.Report?.Recent).OfType<RecentWork>();

    private long Ended => Recent.Sum(recent => recent.Ended);

    public static async Task<ClusterStatus> ReadAsync(IStore store, TimeProvider time, CancellationToken cancellation) =>
        Of(await ClusterReading.OfAsync(store, cancellation), time.GetUtcNow());

    public static ClusterStatus Of(ClusterReading reading, DateTimeOffset now)
    {
        var all = reading.Instances;
        var names = all.Where(one => one.State != InstanceState.Silent).Select(one => one.Record.Id).ToHashSet(StringComparer.Ordinal);
        var queues = reading.Backlog.Select(one => new QueueStatus(one, now > one.Oldest ? now - one.Oldest : TimeSpan.Zero, all.Count(instance => Takes(instance, one, names)))).ToList();
        // What instances share among themselves only (whose turn it is to recycle) is no endpoint's limit.
        var shared = reading.Limits.Where(limit => limit.Name.StartsWith("endpoint/", StringComparison.Ordinal)).Select(limit => new LimitStatus(limit)).ToList();
        var variation = Variation(all);
        return new()
        {
            Instances = all,
            Queues = queues,
            Limits = shared,
            Alerts = [.. ClusterAlert.Of(reading, queues, variation)],
            LoadVariation = variation,
        };
    }

    /// <summary>What is pinned to an instance that lives is its alone; of one that is gone, anybody's.</summary>
    private static bool Takes(InstanceStatus instance, ClassBacklog backlog, HashSet<string> living)
    {
        var stepClass = backlog.Class;
        if (!instance.Serves || (stepClass.Instance is { } pinned && pinned != instance.Record.Id && living.Contains(pinned)))
            return false;
        return instance.Report!.Classes.Contains((stepClass with { Queue = stepClass.Shared }).ToString(), StringComparer.Ordinal);
    }

    private static double? Variation(IReadOnlyList<InstanceStatus> all)
    {
        var loads = all.Where(one => one.Serves && one.Record.Slots > 0 && one.Report!.Recent.Seconds >= Young).Select(one => one.Utilization).ToList();
        if (loads.Count < 2 || loads.Average() is var mean && mean < Idle)
            return null;
        return Math.Sqrt(loads.Sum(load => (load - mean) * (load - mean)) / loads.Count) / mean;
    }
}
