using Ripieno.Agents;
using Ripieno.Benchmarks.Stores;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Benchmarks.Working;

/// <summary>A worker of this process on a store, with an executor of a benchmark.</summary>
internal static class WorkerBench
{
    /// <summary>As large as the figures that are promised are made for.</summary>
    public const int Slots = 8;

    /// <param name="store">Where its steps are.</param>
    /// <param name="executor">Of all of them.</param>
    /// <param name="slots">Steps at once.</param>
    /// <param name="id">Its own among several of this process; null = the only one.</param>
    public static async Task<Worker> StartAsync(IStore store, IStepExecutor executor, int slots = Slots, string? id = null)
    {
        var options = new WorkerOptions { Slots = slots, Classes = [Work.Class] };
        var worker = new Worker(store, ThisInstance.Describe(id, slots, TimeProvider.System), options, [executor], TimeProvider.System);
        await worker.StartAsync(CancellationToken.None);
        return worker;
    }

    /// <summary>Waits as watchers do: for a hint that something changed, then a look.</summary>
    public static async Task RunEndsAsync(IStore store, string run, CancellationToken cancellation)
    {
        var seen = 0L;
        while (true)
        {
            seen = await store.WaitForChangeAsync(seen, TimeSpan.FromSeconds(1), cancellation);
            var record = await store.FindRunAsync(run, cancellation);
            if (record is { Status: RunStatus.Succeeded })
                return;
            if (record is not { Status: RunStatus.Running })
                throw new InvalidOperationException($"Run {run} ended as {record?.Status}: the benchmark is wrong.");
        }
    }
}
