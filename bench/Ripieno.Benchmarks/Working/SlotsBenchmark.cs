using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Working;

/// <summary>
/// Whether slots stay busy while there is work: a worker with 8 slots, 400 steps of 200 ms in 40 runs. A slot that idles between two steps is a model server that
/// idles. Compared with the ideal: the steps' time divided by the slots. The timer itself makes a step of 200 ms somewhat longer, so the share of the slots' time
/// that went into steps is reported beside it.
/// </summary>
internal sealed class SlotsBenchmark : Benchmark
{
    private const int Runs = 40;
    private const int FullSteps = 400;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public override string Name => "slots";

    public override string Summary => "slots kept busy under backlog: ideal makespan / real makespan of 400 steps of 200 ms in 8 slots";

    public override async Task RepeatAsync(Repetition repetition)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var steps = Math.Max(1, repetition.Size(FullSteps) / Runs);
        for (var run = 0; run < Runs; run++)
            await opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Steps(steps)), CancellationToken.None);
        var executor = new PausingExecutor(Pause);
        var started = Stopwatch.GetTimestamp();
        await using var worker = await WorkerBench.StartAsync(opened.Store, executor);
        for (var run = 0; run < Runs; run++)
            await WorkerBench.RunEndsAsync(opened.Store, $"run-{run}", repetition.Cancellation);
        var real = Stopwatch.GetElapsedTime(started);
        var ideal = Pause * (Runs * steps) / WorkerBench.Slots;
        repetition.Record("makespan", "s", real.TotalSeconds);
        repetition.Record("ideal makespan / makespan", "×", ideal / real);
        repetition.Record("slots busy", "×", executor.Busy / WorkerBench.Slots / real);
    }
}
