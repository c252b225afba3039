using Ripieno.Cluster;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>
/// Whose turn it is to get a run. The turn is counted in the store, so that it goes round however many processes submit; who there is, in the order of their ids, is looked up each time.
/// </summary>
internal static class RoundRobin
{
    /// <param name="store">Knows the instances.</param>
    /// <param name="queue">They must serve it.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>Null when nobody serves the queue now.</returns>
    public static async Task<string?> NextAsync(IStore store, string queue, CancellationToken cancellation)
    {
        var reports = (await store.ListReportsAsync(cancellation)).ToDictionary(report => report.Incarnation, report => InstanceReportJson.Read(report.Report));
        var live = (await store.ListInstancesAsync(cancellation))
            .Where(instance => !instance.IsSilent && reports.GetValueOrDefault(instance.Incarnation) is { } report && Serves(report, queue))
            .Select(instance => instance.Id).Order(StringComparer.Ordinal).ToList();
        return live.Count == 0 ? null : live[(int)(await store.NextTurnAsync($"spread/{queue}", cancellation) % live.Count)];
    }

    /// <summary>One that takes only some runs, or is about to go, gets none.</summary>
    private static bool Serves(InstanceReport report, string queue) =>
        report is { Role: InstanceRole.Worker, Draining: false, Runs.Count: 0 } && report.Classes.Any(one => one.StartsWith(queue + "/", StringComparison.Ordinal));
}
