using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Peers;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// Whole runs of three steps per second, each step with an input and a result of 160 bytes, the next one waiting for it. Compared with BullMQ's flows of three jobs and
/// Celery's chains of three tasks, which are created first and then executed, as ours; and with a grain of Orleans that is called three times and writes its state each
/// time: that has no queue, so what it does is compared with submission and execution together.
/// </summary>
internal sealed class RedisRunsBenchmark : RedisBenchmark
{
    private const int Runs = 2000;
    private const int Steps = 3;
    private const int Submitters = 200;

    public override string Name => "redis-runs";

    public override string Summary => "runs of 3 steps per second, against BullMQ's flows, Orleans' grains and Celery's chains";

    public override async Task RepeatAsync(Repetition repetition)
    {
        // A warm-up that is as much shorter as others' would be over before the compiler has come to its second tier.
        var runs = repetition.Size(repetition.IsWarmUp ? 10 * Runs : Runs, least: 100);
        var (peers, ours) = await repetition.CompareAsync(() => PeersAsync(repetition, runs), () => OursAsync(repetition, runs));
        var executed = runs / ours.Execute.TotalSeconds;
        var whole = runs / (ours.Submit + ours.Execute).TotalSeconds;
        repetition.Record("submitted", "runs/s", runs / ours.Submit.TotalSeconds);
        repetition.Record("executed", "runs/s", executed);
        repetition.Record("submitted and executed", "runs/s", whole);
        if (peers.Bull is { } bull)
        {
            repetition.Record("BullMQ, created", "runs/s", bull["create"]);
            repetition.Record("BullMQ, executed", "runs/s", bull["execute"]);
            repetition.Record("BullMQ, executed, first time", "runs/s", bull["first execute"]);
            repetition.Record("executed, ours / BullMQ", "×", executed / bull["execute"]);
            repetition.Record("submitted and executed, ours / BullMQ", "×", whole / bull["whole"]);
        }

        if (peers.Orleans is { } orleans)
        {
            repetition.Record("Orleans", "runs/s", orleans["whole"]);
            repetition.Record("executed, ours / Orleans", "×", executed / orleans["whole"]);
            repetition.Record("submitted and executed, ours / Orleans", "×", whole / orleans["whole"]);
        }

        if (peers.Celery is { } celery)
        {
            repetition.Record("Celery, executed", "runs/s", celery["execute"]);
            repetition.Record("executed, ours / Celery", "×", executed / celery["execute"]);
            repetition.Record("submitted and executed, ours / Celery", "×", whole / celery["whole"]);
        }
    }

    private static async Task<Others> PeersAsync(Repetition repetition, int runs) => new(
        await repetition.MeasurePeerAsync("bullmq", "flows", runs),
        await repetition.MeasurePeerAsync("orleans", "runs", runs),
        await repetition.MeasurePeerAsync("celery", "chains", runs));

    private static async Task<Times> OursAsync(Repetition repetition, int runs)
    {
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = Submitters }, async (run, _) =>
            await opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Chain("step", Steps).Select(Work.WithInput)), CancellationToken.None));
        var submitted = Stopwatch.GetElapsedTime(started);
        var executed = await repetition.MeterAsync(
            opened.Place,
            "executed",
            runs * Steps,
            () => Draining.DrainAsync(opened.Store, claimant, runs * Steps, Loops, Work.SmallResult, repetition.Cancellation));
        return new(submitted, executed);
    }

    private readonly record struct Times(TimeSpan Submit, TimeSpan Execute);

    private readonly record struct Others(PeerFigures? Bull, PeerFigures? Orleans, PeerFigures? Celery);
}
