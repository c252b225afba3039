using System.Diagnostics.Metrics;
using Ripieno.Diagnostics;

namespace Ripieno.Cluster;

/// <summary>Instruments of all instances of a store together, as one of them saw them last. Every instance tells the same, so whoever adds up takes one of them.</summary>
internal sealed class ClusterMeter : IDisposable
{
    private readonly Meter _meter;

    /// <param name="glance">Scope of the meter, and what it shows.</param>
    /// <param name="instance">Who looked.</param>
    public ClusterMeter(ClusterGlance glance, string instance)
    {
        _meter = RipienoMeter.Of(glance, instance);
        _meter.CreateObservableGauge("ripieno.queue.depth", () => Depths(glance.Last), "{step}", "Steps that could be claimed now: by any instance (ready), or by the one that they are pinned to (pinned).");
        _meter.CreateObservableGauge("ripieno.queue.oldest_age", () => Ages(glance.Last), "s", "For how long the oldest of them has been ready.");
        _meter.CreateObservableGauge("ripieno.scaling.load", () => Load(glance.Last), "{step}", "Steps that are ready or being executed: what instances are needed for.");
        _meter.CreateObservableGauge("ripieno.cluster.load_cv", () => Variation(glance.Last), description: "Coefficient of variation of the workers' utilizations; uneven above 0.3.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Depths(ClusterStatus? status) => ByQueue(status).SelectMany(one => (Measurement<long>[])
    [
        new(one.Ready.Where(queue => queue.Backlog.Class.Instance is null).Sum(queue => queue.Backlog.Ready), new("queue", one.Queue), new("state", "ready")),
        new(one.Ready.Where(queue => queue.Backlog.Class.Instance is not null).Sum(queue => queue.Backlog.Ready), new("queue", one.Queue), new("state", "pinned")),
    ]);

    private static IEnumerable<Measurement<double>> Ages(ClusterStatus? status) => ByQueue(status)
        .Select(one => new Measurement<double>(one.Ready.Select(queue => queue.Age.TotalSeconds).DefaultIfEmpty(0).Max(), new KeyValuePair<string, object?>("queue", one.Queue)));

    private static Measurement<long>[] Load(ClusterStatus? status) => status is null ? [] : [new(status.Ready + status.Busy)];

    private static Measurement<double>[] Variation(ClusterStatus? status) => status?.LoadVariation is { } variation ? [new(variation)] : [];

    /// <summary>Queues in which something is ready, and those that an instance serves, empty: an autoscaler takes a figure that is gone for a fault, not for 0.</summary>
    private static IEnumerable<(string Queue, List<QueueStatus> Ready)> ByQueue(ClusterStatus? status)
    {
        if (status is null)
            return [];
        var ready = status.Queues.ToLookup(queue => queue.Backlog.Class.Shared, StringComparer.Ordinal);
        var served = status.Instances.SelectMany(instance => instance.Report?.Classes ?? []).Select(one => one.Split('/')[0]);
        return served.Concat(ready.Select(queue => queue.Key)).Distinct(StringComparer.Ordinal).Select(name => (name, ready[name].ToList()));
    }
}
