using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Storing;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// How many claimed steps 200 callers can record as done in a second, each with a result and a step that becomes ready by it. Compared with the bare script
/// (<c>bench/peers/bare/step.lua</c>) under Redis' own load generator: the most that one thread of Redis can do for a step, with no client to speak of.
/// </summary>
internal sealed class RedisCompletionsBenchmark : RedisBenchmark
{
    private const int Steps = 60_000;
    private const int BareSteps = 150_000;
    private const int Callers = 200;

    /// <summary>Never reached: all steps are completed.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    public override string Name => "redis-completions";

    public override string Summary => "step completions per second of 200 callers, against the bare script";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var (bare, ours) = await repetition.CompareAsync(
            () => repetition.MeasurePeerAsync("bare", "step", repetition.Size(BareSteps)), () => OursAsync(repetition, repetition.Size(Steps, least: Callers)));
        repetition.Record("200 callers", "steps/s", ours.Rate);
        repetition.Record("200 callers", ours.Latencies);
        if (bare is null)
            return;
        repetition.Record("bare script", "steps/s", bare["step"]);
        repetition.Record("ours / bare script", "×", ours.Rate / bare["step"]);
    }

    private static async Task<Load> OursAsync(Repetition repetition, int steps)
    {
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        var leases = await Completing.PrepareAsync(opened.Store, claimant, Callers, steps);
        await opened.Store.SettleAsync(CancellationToken.None);
        var load = default(Load);
        await repetition.MeterAsync(
            opened.Place,
            "200 callers",
            leases.Count,
            async () => load = await Completing.CompleteAsync(opened.Store, leases, Callers, Length, repetition.Cancellation));
        return load!;
    }
}
