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

    public static async Task<ClusterStatus> ReadAsync(IStore store, TimeProvider time, CancellationToken cancellation)
    {
        var instances = await store.ListInstancesAsync(cancellation);
        var reports = await store.ListReportsAsync(cancellation);
        var backlog = await store.ListBacklogAsync(cancellation);
        return Of(instances, reports, backlog, await store.ListLimitsAsync(cancellation), time.GetUtcNow());
    }

    public static ClusterStatus Of(IReadOnlyList<InstanceRecord> instances, IReadOnlyList<StoredReport> reports, IReadOnlyList<ClassBacklog> backlog, IReadOnlyList<LimitRecord> limits, DateTimeOffset now)
    {
        var told = reports.ToDictionary(report => report.Incarnation, report => InstanceReportJson.Read(report.Report));
        var all = instances.Select(instance => new InstanceStatus(instance, told.GetValueOrDefault(instance.Incarnation))).ToList();
        var names = all.Where(one => one.State != InstanceState.Silent).Select(one => one.Record.Id).ToHashSet(StringComparer.Ordinal);
        var queues = backlog.Select(one => new QueueStatus(one, now > one.Oldest ? now - one.Oldest : TimeSpan.Zero, all.Count(instance => Takes(instance, one, names)))).ToList();
        // What instances share among themselves only (whose turn it is to recycle) is no endpoint's limit.
        var shared = limits.Where(limit => limit.Name.StartsWith("endpoint/", StringComparison.Ordinal)).Select(limit => new LimitStatus(limit)).ToList();
        return new()
        {
            Instances = all,
            Queues = queues,
            Limits = shared,
            Alerts = [.. ClusterAlert.Of(all, queues, Variation(all))],
            LoadVariation = Variation(all),
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
