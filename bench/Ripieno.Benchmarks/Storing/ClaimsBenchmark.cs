using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Storing;

/// <summary>
/// How long a claim takes while 10, 1,000 or 10,000 runs wait, for 1 step and for 8, of one class and of 32. A claim is in the way of every step, and it runs on
/// the one thread that writes, so it must not grow with the backlog. Compared with itself: the ratio of the smallest backlog to the largest is 1 when the backlog costs
/// nothing.
/// </summary>
internal sealed class ClaimsBenchmark : Benchmark
{
    private const int StepsOfRun = 4;
    private const int ManyClasses = 32;

    private static readonly int[] Backlogs = [10, 1000, 10_000];

    public override string Name => "claims";

    public override string Summary => "time of one claim with 10, 1,000 and 10,000 runs waiting, of 1 and 8 steps, of 1 and 32 classes";

    public override async Task RepeatAsync(Repetition repetition)
    {
        foreach (var classes in new[] { 1, ManyClasses })
        {
            var medians = new List<double>();
            foreach (var runs in Backlogs)
                medians.Add(await MeasureAsync(repetition, runs, [.. Enumerable.Range(0, classes).Select(number => new StepClass("default", $"work-{number}"))]));
            repetition.Record($"{Text(classes)}, 1 step, {Backlogs[0]:N0} runs / {Backlogs[^1]:N0} runs", "×", medians[0] / medians[^1]);
        }
    }

    /// <returns>The median of claims of one step, in ms.</returns>
    private static async Task<double> MeasureAsync(Repetition repetition, int runs, IReadOnlyList<StepClass> classes)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var claimant = await Claimant.RegisterAsync(opened.Store, classes);
        // Never scaled: the backlog is what the figure is about.
        await Parallel.ForAsync(0, repetition.IsWarmUp ? Math.Min(runs, 1000) : runs, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (run, _) =>
            await opened.Store.SubmitAsync(
                Work.Run($"run-{run}", Work.Steps(StepsOfRun).Select((step, number) => step with { Class = classes[((run * StepsOfRun) + number) % classes.Count] })),
                CancellationToken.None));
        opened.Place.Settle();
        var one = await ClaimAsync(opened.Store, claimant, repetition.Size(300), 1);
        var eight = await ClaimAsync(opened.Store, claimant, repetition.Size(200), 8);
        repetition.Record($"{Text(classes.Count)}, {runs:N0} runs, 1 step", one);
        repetition.Record($"{Text(classes.Count)}, {runs:N0} runs, 8 steps", eight);
        return one.At(0.5);
    }

    /// <summary>Hands back what it claimed, so that the backlog stays as it is.</summary>
    private static async Task<Latencies> ClaimAsync(IStore store, Claimant claimant, int claims, int count)
    {
        var latencies = new Latencies();
        for (var claim = 0; claim < claims; claim++)
        {
            var started = Stopwatch.GetTimestamp();
            var claimed = new List<ClaimedStep>(count);
            while (claimed.Count < count)
            {
                // A store may give fewer than are asked for and there; what counts is the time until all are in hand.
                var some = await claimant.ClaimAsync(count - claimed.Count);
                if (some.Count == 0)
                    throw new InvalidOperationException($"{claimed.Count} steps were claimed instead of {count}: the benchmark is wrong.");
                claimed.AddRange(some);
            }

            latencies.AddSince(started);
            await Task.WhenAll(claimed.Select(step => store.ReleaseAsync(step.Lease, CancellationToken.None)));
        }

        return latencies;
    }

    private static string Text(int classes) => classes == 1 ? "1 class" : $"{classes} classes";
}
