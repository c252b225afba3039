using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Benchmarks.Working;

/// <summary>
/// Whether slots stay busy while there is work: a worker with 8 slots, 400 steps of 200 ms in 40 runs; on a shared store four such workers with four times as many steps,
/// each with connections of its own. A slot that idles between two steps is a model server that idles. Compared with the ideal: the steps' time divided by the slots. The timer itself makes a step of 200 ms somewhat longer, so the share of the slots' time
/// that went into steps is reported beside it.
/// </summary>
internal sealed class SlotsBenchmark : Benchmark
{
    private const int Runs = 40;
    private const int FullSteps = 400;
    private const int SharingInstances = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public override string Name => "slots";

    public override string Summary => "slots kept busy under backlog: ideal makespan / real makespan of 400 steps of 200 ms in 8 slots (on Redis: of 4 instances)";

    public override async Task RepeatAsync(Repetition repetition)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var instances = opened.Place.Kind == StorePlace.Redis ? SharingInstances : 1;
        var steps = Math.Max(1, repetition.Size(FullSteps * instances) / Runs);
        for (var run = 0; run < Runs; run++)
            await opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Steps(steps)), CancellationToken.None);
        var executor = new PausingExecutor(Pause);
        var stores = new List<IStore>();
        var workers = new List<Worker>();
        for (var instance = 1; instance < instances; instance++)
            stores.Add(await opened.Place.OpenStoreAsync(repetition.Cancellation));
        var started = Stopwatch.GetTimestamp();
        foreach (var store in stores.Prepend(opened.Store))
            workers.Add(await WorkerBench.StartAsync(store, executor, id: $"worker-{workers.Count}"));
        for (var run = 0; run < Runs; run++)
            await WorkerBench.RunEndsAsync(opened.Store, $"run-{run}", repetition.Cancellation);
        var real = Stopwatch.GetElapsedTime(started);
        var slots = WorkerBench.Slots * instances;
        var ideal = Pause * (Runs * steps) / slots;
        repetition.Record("makespan", "s", real.TotalSeconds);
        repetition.Record("ideal makespan / makespan", "×", ideal / real);
        repetition.Record("slots busy", "×", executor.Busy / slots / real);
        foreach (var worker in workers)
            await worker.DisposeAsync();
        foreach (var store in stores)
            await store.DisposeAsync();
    }
}
