using System.Globalization;

namespace Ripieno.Cluster;

/// <summary>Something about the instances of a store that somebody should look at.</summary>
/// <param name="Kind">For programs.</param>
/// <param name="Text">What is the matter and what to do, for people.</param>
internal sealed record ClusterAlert(ClusterAlertKind Kind, string Text)
{
    /// <summary>Ready for so long without anybody who takes it: a worker that was started a moment ago has told of itself by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static IEnumerable<ClusterAlert> Of(IReadOnlyList<InstanceStatus> instances, IReadOnlyList<QueueStatus> queues, double? variation)
    {
        foreach (var queue in queues.Where(queue => queue.Servers == 0 && queue.Age >= Patience))
        {
            var (name, executor) = (queue.Backlog.Class.Queue, queue.Backlog.Class.Executor);
            yield return new(
                ClusterAlertKind.Unserved,
                $"No live worker takes '{executor}' on queue '{name}': {Steps(queue.Backlog.Ready)} ready. Start a worker whose config has the agent, and that serves the queue (ripieno worker --queues {queue.Backlog.Class.Shared}).");
        }

        foreach (var silent in instances.Where(one => one.State == InstanceState.Silent))
        {
            yield return new(
                ClusterAlertKind.Silent,
                $"{silent.Record.Id} (pid {silent.Record.Pid} on {silent.Record.Host.Split('/')[0]}) has not been heard of since {silent.Record.SeenAt:u}; its steps go to others.");
        }

        foreach (var (instance, trouble) in instances.Select(one => (one.Record.Id, one.Report?.Trouble)).Where(one => one.Trouble is not null))
            yield return new(ClusterAlertKind.Trouble, $"{instance}: {trouble}");
        if (variation > ClusterStatus.Uneven)
        {
            yield return new(
                ClusterAlertKind.Uneven,
                string.Create(CultureInfo.InvariantCulture, $"The load is uneven: coefficient of variation {variation:0.00}, above {ClusterStatus.Uneven}. Pinned runs (--spread round-robin), queues that few serve, or instances with fewer agents do that."));
        }

        var workers = instances.Where(one => one.Serves).ToList();
        if (workers.Select(one => one.Record.Version).Distinct(StringComparer.Ordinal).ToList() is { Count: > 1 } versions)
            yield return new(ClusterAlertKind.Versions, $"Workers run different versions of Ripieno: {string.Join(", ", versions.Order(StringComparer.Ordinal))}.");
        if (workers.Select(one => one.Report!.Configuration.Version ?? "").Distinct(StringComparer.Ordinal).ToList() is { Count: > 1 } configurations)
            yield return new(ClusterAlertKind.Versions, $"Workers have different versions of the configuration (metadata.version): {string.Join(", ", configurations.Order(StringComparer.Ordinal))}.");
    }

    private static string Steps(long count) => count == 1 ? "1 step" : string.Create(CultureInfo.InvariantCulture, $"{count} steps");
}

/// <summary>What an alert is about.</summary>
internal enum ClusterAlertKind
{
    /// <summary>Ready steps that no live instance takes.</summary>
    Unserved,

    /// <summary>An instance that is not heard of.</summary>
    Silent,

    /// <summary>An instance that cannot work.</summary>
    Trouble,

    /// <summary>Some instances are overloaded while others are idle.</summary>
    Uneven,

    /// <summary>Instances that do not agree on what they run.</summary>
    Versions,
}
