using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Cluster;

/// <summary>What the store has about its instances and what waits for them.</summary>
internal sealed record ClusterReading
{
    /// <summary>Runs looked at for those that nobody takes.</summary>
    private const int MostRuns = 500;

    /// <summary>All that are registered.</summary>
    public required IReadOnlyList<InstanceStatus> Instances { get; init; }

    /// <summary>What is ready, by class.</summary>
    public required IReadOnlyList<ClassBacklog> Backlog { get; init; }

    /// <summary>What instances share.</summary>
    public required IReadOnlyList<LimitRecord> Limits { get; init; }

    /// <summary>Where the store's runs were moved; null = it is open.</summary>
    public StoreClosing? Closing { get; init; }

    /// <summary>The newest runs that have not ended; only where every worker takes runs of certain names alone.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    public static async Task<ClusterReading> OfAsync(IStore store, CancellationToken cancellation)
    {
        var registered = await store.ListInstancesAsync(cancellation);
        var told = (await store.ListReportsAsync(cancellation)).ToDictionary(report => report.Incarnation, report => InstanceReportJson.Read(report.Report));
        var instances = registered.Select(instance => new InstanceStatus(instance, told.GetValueOrDefault(instance.Incarnation))).ToList();
        var backlog = await store.ListBacklogAsync(cancellation);
        var workers = instances.Where(one => one.Serves).ToList();
        var isPartial = backlog.Count > 0 && workers.Count > 0 && workers.TrueForAll(one => one.Report!.Runs.Count > 0);
        return new()
        {
            Instances = instances,
            Backlog = backlog,
            Limits = await store.ListLimitsAsync(cancellation),
            Closing = await store.FindClosingAsync(cancellation),
            Runs = isPartial ? [.. (await store.ListRunsAsync(RunStatus.Running, before: null, MostRuns, cancellation)).Select(run => run.Id)] : [],
        };
    }
}
