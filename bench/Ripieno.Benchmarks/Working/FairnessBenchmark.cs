using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Working;

/// <summary>
/// What a large run costs a small one that comes later: with 10,000 steps of one run queued and 8 slots busy on them (50 ms a step), how long a run of three steps
/// takes. Compared with the same run on an idle worker. Each of its steps waits until one of the 8 slots becomes free, 6 ms in the middle; a queue without fair
/// share would let it wait for the whole large run.
/// </summary>
internal sealed class FairnessBenchmark : Benchmark
{
    private const int Backlog = 10_000;
    private const int Submissions = 15;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public override string Name => "fairness";

    public override string Summary => "a run of 3 steps behind 10,000 steps of another run, against the same run on an idle worker";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var idle = await MeasureAsync(repetition, backlog: 0);
        var busy = await MeasureAsync(repetition, Backlog);
        repetition.Record("idle worker", idle);
        repetition.Record("behind 10,000 steps", busy);
        repetition.Record("behind 10,000 steps / idle worker (1 is best)", "×", busy.At(0.5) / idle.At(0.5));
    }

    private static async Task<Latencies> MeasureAsync(Repetition repetition, int backlog)
    {
        await using var opened = await repetition.OpenStoreAsync();
        if (backlog > 0)
            await AddBacklogAsync(opened.Store, backlog);
        opened.Place.Settle();
        await using var worker = await WorkerBench.StartAsync(opened.Store, new PausingExecutor(Pause));
        var latencies = new Latencies();
        // Begins once the slots are busy, or the idle worker waits.
        await Task.Delay(500, repetition.Cancellation);
        for (var number = 0; number < repetition.Size(Submissions, least: 3); number++)
        {
            latencies.Add(await SubmitAsync(opened.Store, $"small-{number}", repetition.Cancellation));
            // Not a multiple of the steps' time: the next one shall not come always at the same moment of the slots' turn.
            await Task.Delay(Random.Shared.Next(20, 90), repetition.Cancellation);
        }

        return latencies;
    }

    private static async Task AddBacklogAsync(IStore store, int steps)
    {
        var claimant = await Claimant.RegisterAsync(store);
        await Expanding.SubmitAsync(store, claimant, "large", steps, (step, _) => step);
        await claimant.EndAsync();
    }

    /// <returns>Milliseconds until the run has ended.</returns>
    private static async Task<double> SubmitAsync(IStore store, string run, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await store.SubmitAsync(Work.Run(run, Work.Chain("step", 3)), CancellationToken.None);
        await WorkerBench.RunEndsAsync(store, run, cancellation);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
