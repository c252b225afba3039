using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// How many steps that do nothing go through the store in a second, claimed and durably recorded: 20,000 and 100,000 queued before, as runs of one step, the worst
/// case, and as runs of 1,000. Compared with BullMQ draining as many jobs with as large an input; its second drain in the same process, when it is warm.
/// </summary>
internal sealed class RedisDrainBenchmark : RedisBenchmark
{
    private const int LargeRun = 1000;

    private static readonly int[] Counts = [20_000, 100_000];

    public override string Name => "redis-drain";

    public override string Summary => "steps that do nothing per second, in runs of 1 and of 1,000, against BullMQ's jobs";

    public override async Task RepeatAsync(Repetition repetition)
    {
        foreach (var full in Counts)
        {
            // A multiple of the large run's size.
            var steps = Math.Max(1, repetition.Size(full) / LargeRun) * LargeRun;
            var (bull, (small, large)) = await repetition.CompareAsync(
                () => repetition.MeasurePeerAsync("bullmq", "drain", steps),
                async () => (await DrainAsync(repetition, $"{full:N0} steps, runs of 1", steps, 1), await DrainAsync(repetition, $"{full:N0} steps, runs of 1,000", steps, LargeRun)));
            repetition.Record($"{full:N0} steps, runs of 1", "steps/s", small);
            repetition.Record($"{full:N0} steps, runs of 1,000", "steps/s", large);
            if (bull is null)
                continue;
            repetition.Record($"{full:N0} steps, BullMQ", "steps/s", bull["drain"]);
            repetition.Record($"{full:N0} steps, BullMQ, first time", "steps/s", bull["first drain"]);
            repetition.Record($"{full:N0} steps, runs of 1, ours / BullMQ", "×", small / bull["drain"]);
            repetition.Record($"{full:N0} steps, runs of 1,000, ours / BullMQ", "×", large / bull["drain"]);
        }
    }

    /// <returns>Steps per second.</returns>
    private static async Task<double> DrainAsync(Repetition repetition, string figure, int steps, int run)
    {
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        await Parallel.ForAsync(0, steps / run, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
            await opened.Store.SubmitAsync(Work.Run($"run-{number}", Work.Steps(run).Select(Work.WithInput)), CancellationToken.None));
        await opened.Store.SettleAsync(CancellationToken.None);
        var took = await repetition.MeterAsync(
            opened.Place, figure, steps, () => Draining.DrainAsync(opened.Store, claimant, steps, Loops, _ => new(), repetition.Cancellation));
        return steps / took.TotalSeconds;
    }
}
