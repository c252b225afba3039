using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Yardstick;

namespace Ripieno.Benchmarks.Storing;

/// <summary>
/// Whole runs of three steps per second: submitted by 64 callers, then claimed 100 at a time and reported by several loops until nothing is left. What a system
/// of many short runs can do. Compared with the bare store doing the same from one thread: runs added 100 to a commit, 100 steps claimed in a commit and
/// completed in another.
/// </summary>
internal sealed class RunsBenchmark : Benchmark
{
    private const int Steps = 3;
    private const int Submitters = 64;
    private const int Batch = 100;

    public override string Name => "runs";

    public override string Summary => "whole runs of 3 steps per second, against the bare store";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var runs = repetition.Size(6000);
        var (bare, ours) = await repetition.CompareAsync(() => Task.FromResult(repetition.HasBareStore ? Bare(repetition, runs) : default), () => OursAsync(repetition, runs));
        repetition.Record("submitted", "runs/s", runs / ours.Submit.TotalSeconds);
        repetition.Record("executed", "runs/s", runs / ours.Execute.TotalSeconds);
        repetition.Record("submitted and executed", "runs/s", runs / ours.Whole.TotalSeconds);
        if (!repetition.HasBareStore)
            return;
        repetition.Record("executed, bare store", "runs/s", runs / bare.Execute.TotalSeconds);
        repetition.Record("submitted and executed, bare store", "runs/s", runs / bare.Whole.TotalSeconds);
        repetition.Record("executed, ours / bare store", "×", bare.Execute / ours.Execute);
        repetition.Record("submitted and executed, ours / bare store", "×", bare.Whole / ours.Whole);
    }

    private static Times Bare(Repetition repetition, int runs)
    {
        using var store = new BareStore(repetition.NewFolder());
        var started = Stopwatch.GetTimestamp();
        foreach (var group in Enumerable.Range(0, runs).Chunk(Batch))
        {
            store.Begin();
            foreach (var run in group)
                store.AddRun(run);
            store.Commit();
        }

        var submitted = Stopwatch.GetElapsedTime(started);
        for (var done = 0; done < runs * Steps;)
        {
            store.Begin();
            var claimed = store.Claim(Batch);
            store.Commit();
            store.Begin();
            foreach (var step in claimed)
                store.Complete(step, hasNext: step.Version < Steps - 1);
            store.Commit();
            done += claimed.Count;
        }

        return new(submitted, Stopwatch.GetElapsedTime(started) - submitted);
    }

    private static async Task<Times> OursAsync(Repetition repetition, int runs)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var claimant = await Claimant.RegisterAsync(opened.Store);
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = Submitters }, async (run, _) =>
            await opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Chain("step", Steps)), CancellationToken.None));
        var submitted = Stopwatch.GetElapsedTime(started);
        var executed = await repetition.MeterAsync(
            opened.Place, "executed", runs * Steps, () => Draining.DrainAsync(opened.Store, claimant, runs * Steps, repetition.Cancellation));
        return new(submitted, executed);
    }

    private readonly record struct Times(TimeSpan Submit, TimeSpan Execute)
    {
        public TimeSpan Whole => Submit + Execute;
    }
}
