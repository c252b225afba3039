using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// How long one script holds Redis, and with it everyone, while a run of 100,000 steps is made by expansion and drained: the slowest call of each script that took more
/// than a millisecond. It must stay below 5 ms however large a run is.
/// </summary>
internal sealed class RedisWideBenchmark : RedisBenchmark
{
    private const int Steps = 100_000;

    public override string Name => "redis-wide";

    public override string Summary => "the slowest script while a run of 100,000 steps expands and is drained, and its steps per second";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var steps = repetition.Size(Steps, least: 1000);
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        await using var slow = await SlowScripts.WatchAsync((RedisPlace)opened.Place);
        var started = Stopwatch.GetTimestamp();
        await Expanding.SubmitAsync(opened.Store, claimant, "large", steps, Work.WithInput);
        repetition.Record("expansion", "s", Stopwatch.GetElapsedTime(started).TotalSeconds);
        await RecordAsync(repetition, "expansion", slow);
        var took = await repetition.MeterAsync(
            opened.Place, "drained", steps, () => Draining.DrainAsync(opened.Store, claimant, steps, Loops, Work.SmallResult, repetition.Cancellation));
        repetition.Record("drained", "steps/s", steps / took.TotalSeconds);
        await RecordAsync(repetition, "drained", slow);
    }

    private static async Task RecordAsync(Repetition repetition, string figure, SlowScripts slow)
    {
        var slowest = await slow.TakeAsync();
        repetition.Record($"{figure}, slowest script (0 = below 1)", "ms", slowest.Values.DefaultIfEmpty().Max());
        foreach (var (script, milliseconds) in slowest)
            repetition.Record($"{figure}, slowest {script}", "ms", milliseconds);
    }
}
