using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Storing;

/// <summary>
/// Whether one run of 100,000 steps is as fast as 100 runs of 1,000: steps per second, drained by the same loops. A step must cost the same however long its run
/// is. Both are made as planners make them, by a root step that expands into the rest. The large expansion is one commit: how long it takes, and how long
/// the smallest commit of another caller waits behind it, are measured too.
/// </summary>
internal sealed class WideBenchmark : Benchmark
{
    private const int Full = 100_000;
    private const int ManyRuns = 100;

    public override string Name => "wide";

    public override string Summary => "one run of 100,000 steps against 100 runs of 1,000: steps per second; the large expansion and who waits for it";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var steps = repetition.Size(Full, least: ManyRuns);
        // Not two sides with a yardstick between them, but the same order of turns.
        var (many, one) = await repetition.CompareAsync(() => DrainAsync(repetition, ManyRuns, steps / ManyRuns, _ => { }), () => DrainAsync(repetition, 1, steps, expansion =>
        {
            repetition.Record("expansion of the one run", "s", expansion.Longest.TotalSeconds);
            repetition.Record("longest wait of another commit meanwhile", "ms", expansion.Waits.Longest);
        }));
        repetition.Record("one run", "steps/s", one);
        repetition.Record("100 runs", "steps/s", many);
        repetition.Record("one run / 100 runs", "×", one / many);
    }

    /// <returns>Steps per second.</returns>
    private static async Task<double> DrainAsync(Repetition repetition, int runs, int steps, Action<Expansion> tell)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var claimant = await Claimant.RegisterAsync(opened.Store);
        tell(await ExpandAsync(opened.Store, claimant, runs, steps));
        opened.Place.Settle();
        var took = await repetition.MeterAsync(
            opened.Place, runs == 1 ? "one run" : "100 runs", runs * steps, () => Draining.DrainAsync(opened.Store, claimant, runs * steps, repetition.Cancellation));
        return runs * steps / took.TotalSeconds;
    }

    private static async Task<Expansion> ExpandAsync(IStore store, Claimant claimant, int runs, int steps)
    {
        for (var run = 0; run < runs; run++)
            await store.SubmitAsync(Work.Run($"run-{run}", [Work.Step("root")]), CancellationToken.None);
        var roots = await claimant.ClaimAsync(runs);
        var completion = new StepCompletion { Expansion = new(ExpansionTarget.Self, [.. Work.Steps(steps)]) };
        using var ended = new CancellationTokenSource();
        var waiting = Task.Run(() => CommitAsync(claimant, ended.Token));
        var longest = TimeSpan.Zero;
        foreach (var root in roots)
        {
            var started = Stopwatch.GetTimestamp();
            await store.CompleteAsync(root.Lease, completion, CancellationToken.None);
            if (runs == 1)
                await store.SettleAsync(CancellationToken.None);
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        await store.SettleAsync(CancellationToken.None);
        await ended.CancelAsync();
        return new(longest, await waiting);
    }

    /// <summary>Another caller, who commits now and then.</summary>
    private static async Task<Latencies> CommitAsync(Claimant claimant, CancellationToken until)
    {
        var waits = new Latencies();
        while (!until.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            await claimant.RenewAsync();
            waits.AddSince(started);
            await Task.Delay(1, CancellationToken.None);
        }

        return waits;
    }

    private sealed record Expansion(TimeSpan Longest, Latencies Waits);
}
