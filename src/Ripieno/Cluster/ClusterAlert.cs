using System.Globalization;
using Ripieno.Workers;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Cluster;

/// <summary>Something about the instances of a store that somebody should look at.</summary>
/// <param name="Kind">For programs.</param>
/// <param name="Text">What is the matter and what to do, for people.</param>
internal sealed record ClusterAlert(ClusterAlertKind Kind, string Text)
{
    /// <summary>Ready for so long without anybody who takes it: a worker that was started a moment ago has told of itself by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Names in a list; further ones are counted.</summary>
    private const int MostNamed = 5;

    /// <summary>Steps of the engine itself, which every worker of their queue takes, whatever agents it has.</summary>
    private static readonly HashSet<string> Inner = new(StringComparer.Ordinal) { StandardWorkflow.Summarize, WorkflowComposer.Expand, WorkflowComposer.ApprovalTimer };

    public static IEnumerable<ClusterAlert> Of(ClusterReading reading, IReadOnlyList<QueueStatus> queues, double? variation)
    {
        if (reading.Closing is { } closing)
        {
            // What is ready in it is meant to stay there.
            yield return new(
                ClusterAlertKind.Closed,
                $"The store is closed: its runs were moved, or are being moved, to {closing.Target}. Look there (--store); or open this one again with 'ripieno store reopen' if nothing of it runs there.");
        }

        var instances = reading.Instances;
        foreach (var alert in (IEnumerable<ClusterAlert>)[.. reading.Closing is null ? Unserved(queues).Concat(LeftAlone(reading, queues)) : [], .. Gone(instances), .. Troubled(instances)])
            yield return alert;
        if (variation > ClusterStatus.Uneven)
        {
            yield return new(
                ClusterAlertKind.Uneven,
                string.Create(CultureInfo.InvariantCulture, $"The load is uneven: coefficient of variation {variation:0.00}, above {ClusterStatus.Uneven}. Pinned runs (--spread round-robin), queues that few serve, or instances with fewer agents do that."));
        }

        foreach (var alert in Differences([.. instances.Where(one => one.Serves)]))
            yield return alert;
    }

    private static IEnumerable<ClusterAlert> Unserved(IEnumerable<QueueStatus> queues)
    {
        foreach (var queue in queues.Where(queue => queue.Servers == 0 && queue.Age >= Patience))
        {
            var stepClass = queue.Backlog.Class;
            var pinned = stepClass.Instance is { } instance ? $", pinned to {instance}" : "";
            var needs = Inner.Contains(stepClass.Executor) ? "that serves the queue" : "whose config has the agent, and that serves the queue";
            yield return new(
                ClusterAlertKind.Unserved,
                $"No live worker takes '{stepClass.Executor}' on queue '{stepClass.Shared}'{pinned}: {Steps(queue.Backlog.Ready)} ready. Start a worker {needs} (ripieno worker --queues {stepClass.Shared}).");
        }
    }

    /// <summary>Runs that no worker takes because of their names, however many serve their queue.</summary>
    private static IEnumerable<ClusterAlert> LeftAlone(ClusterReading reading, IReadOnlyList<QueueStatus> queues)
    {
        if (reading.Runs.Count == 0 || !queues.Any(queue => queue.Age >= Patience))
            yield break;
        var patterns = new RunPatterns([.. reading.Instances.Where(one => one.State == InstanceState.Live).SelectMany(one => one.Report?.Runs ?? []).Distinct(StringComparer.Ordinal)]);
        if (reading.Runs.Where(run => !patterns.Matches(run)).ToList() is { Count: > 0 } alone)
        {
            yield return new(
                ClusterAlertKind.Unserved,
                $"No live worker takes run {Listed(alone)}: all of them take only runs that are called {string.Join(", ", patterns.Patterns)}. Start a worker without --runs, or with theirs.");
        }
    }

    private static IEnumerable<ClusterAlert> Gone(IReadOnlyList<InstanceStatus> instances)
    {
        foreach (var silent in instances.Where(one => one.State == InstanceState.Silent))
        {
            yield return new(
                ClusterAlertKind.Silent,
                $"{silent.Record.Id} (pid {silent.Record.Pid} on {silent.Record.Host.Split('/')[0]}) has not been heard of since {silent.Record.SeenAt:u}; its steps go to others.");
        }

        // Who is there again under the name has been started afresh.
        var there = instances.Select(one => one.Record.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var lost in instances.SelectMany(one => one.Report?.Lost ?? []).DistinctBy(lost => (lost.Host, lost.Pid)).Where(lost => !there.Contains(lost.Id)).OrderByDescending(lost => lost.At))
            yield return new(ClusterAlertKind.Lost, $"{lost.Id} (pid {lost.Pid} on {lost.Host}) was found dead at {lost.At:u}{(lost.Steps == 0 ? "" : $", with {Steps(lost.Steps)} in hand, which others execute")}. Start it again if it is needed.");
    }

    private static IEnumerable<ClusterAlert> Troubled(IReadOnlyList<InstanceStatus> instances) =>
        instances.Where(one => one.Report?.Trouble is not null).Select(one => new ClusterAlert(ClusterAlertKind.Trouble, $"{one.Record.Id}: {one.Report!.Trouble}"));

    /// <summary>What instances of one store should agree on.</summary>
    private static IEnumerable<ClusterAlert> Differences(IReadOnlyList<InstanceStatus> workers)
    {
        if (workers.Select(one => one.Record.Version).Distinct(StringComparer.Ordinal).ToList() is { Count: > 1 } versions)
            yield return new(ClusterAlertKind.Versions, $"Workers run different versions of Ripieno: {string.Join(", ", versions.Order(StringComparer.Ordinal))}.");
        if (workers.Select(one => one.Report!.Configuration.Version ?? "").Distinct(StringComparer.Ordinal).ToList() is { Count: > 1 } configurations)
            yield return new(ClusterAlertKind.Versions, $"Workers have different versions of the configuration (metadata.version): {string.Join(", ", configurations.Order(StringComparer.Ordinal))}.");
        var limits = workers.SelectMany(one => one.Report!.Limits.Select(limit => (Endpoint: limit.Key, Limit: limit.Value, one.Record.Id)));
        foreach (var endpoint in limits.GroupBy(one => one.Endpoint, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var different = endpoint.GroupBy(one => one.Limit, one => one.Id, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
            if (different.Count > 1)
            {
                yield return new(
                    ClusterAlertKind.Limits,
                    $"Workers have different limits for endpoint '{endpoint.Key}', each keeps to its own: {string.Join("; ", different.Select(one => $"{one.Key} ({Listed([.. one])})"))}. Set the same in all configs.");
            }
        }
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - MostNamed} more") : "");

    private static string Steps(long count) => count == 1 ? "1 step" : string.Create(CultureInfo.InvariantCulture, $"{count} steps");
}

/// <summary>What an alert is about.</summary>
internal enum ClusterAlertKind
{
    /// <summary>Nothing of the store is worked on any more.</summary>
    Closed,

    /// <summary>Ready steps that no live instance takes.</summary>
    Unserved,

    /// <summary>An instance that is not heard of.</summary>
    Silent,

    /// <summary>An instance whose process has died of late.</summary>
    Lost,

    /// <summary>An instance that cannot work.</summary>
    Trouble,

    /// <summary>Some instances are overloaded while others are idle.</summary>
    Uneven,

    /// <summary>Instances that do not agree on what they run.</summary>
    Versions,

    /// <summary>Instances that do not agree on what an endpoint takes.</summary>
    Limits,
}
