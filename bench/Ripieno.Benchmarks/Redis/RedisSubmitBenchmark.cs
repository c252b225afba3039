using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// How many steps come into the store in a second, each with an input of 160 bytes: as runs of 1,000 steps, one after the other, and as runs of one step, from 200
/// callers. Compared with BullMQ's <c>addBulk</c> of 1,000 jobs, one call after the other.
/// </summary>
internal sealed class RedisSubmitBenchmark : RedisBenchmark
{
    private const int Steps = 50_000;
    private const int LargeRun = 1000;
    private const int Callers = 200;

    public override string Name => "redis-submit";

    public override string Summary => "steps submitted per second, in runs of 1,000 and of 1, against BullMQ's addBulk";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var steps = Math.Max(1, repetition.Size(Steps) / LargeRun) * LargeRun;
        var (bull, (large, small)) = await repetition.CompareAsync(
            () => repetition.MeasurePeerAsync("bullmq", "submit", steps),
            async () => (await SubmitAsync(repetition, "runs of 1,000", steps, LargeRun, 1), await SubmitAsync(repetition, "runs of 1, 200 callers", steps, 1, Callers)));
        repetition.Record("runs of 1,000", "steps/s", large);
        repetition.Record("runs of 1, 200 callers", "steps/s", small);
        if (bull is null)
            return;
        repetition.Record("BullMQ", "steps/s", bull["submit"]);
        repetition.Record("BullMQ, first time", "steps/s", bull["first submit"]);
        repetition.Record("runs of 1,000, ours / BullMQ", "×", large / bull["submit"]);
        repetition.Record("runs of 1, 200 callers, ours / BullMQ", "×", small / bull["submit"]);
    }

    /// <returns>Steps per second.</returns>
    private static async Task<double> SubmitAsync(Repetition repetition, string figure, int steps, int run, int callers)
    {
        var (opened, _) = await OpenAsync(repetition);
        await using var ended = opened;
        // Made before: what is measured is the store.
        var runs = Enumerable.Range(0, steps / run).Select(number => Work.Run($"run-{number}", Work.Steps(run).Select(Work.WithInput))).ToArray();
        var took = await repetition.MeterAsync(opened.Place, figure, steps, async () =>
        {
            await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = callers }, async (submission, _) =>
                await opened.Store.SubmitAsync(submission, CancellationToken.None));
            await opened.Store.SettleAsync(CancellationToken.None);
        });
        return steps / took.TotalSeconds;
    }
}
