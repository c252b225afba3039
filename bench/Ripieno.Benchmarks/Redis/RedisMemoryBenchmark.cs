using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// What a step costs in Redis' memory while it waits and when it is done, its share of its run included: in runs of three steps, and in one run of 10,000. Each step has
/// an input and leaves a result of 160 bytes. Compared with nothing: the figures are for planning.
/// </summary>
internal sealed class RedisMemoryBenchmark : RedisBenchmark
{
    private const int Runs = 5000;
    private const int Steps = 3;
    private const int LargeRun = 10_000;

    /// <summary>Buffers of connections and tables that grow step by step come to rest within it.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    public override string Name => "redis-memory";

    public override string Summary => "bytes of Redis' memory for each queued and each finished step";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var runs = repetition.Size(Runs, least: 100);
        await MeasureAsync(repetition, "runs of 3 steps", runs * Steps, (store, _) => Parallel.ForAsync(0, runs, async (run, _) =>
            await store.SubmitAsync(Work.Run($"run-{run}", Work.Chain("step", Steps).Select(Work.WithInput)), CancellationToken.None)));
        var steps = repetition.Size(LargeRun, least: 1000);
        await MeasureAsync(repetition, "one run of 10,000 steps", steps, (store, claimant) => Expanding.SubmitAsync(store, claimant, "large", steps, Work.WithInput));
    }

    private static async Task MeasureAsync(Repetition repetition, string figure, int steps, Func<IStore, Claimant, Task> submit)
    {
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        var place = (RedisPlace)opened.Place;
        var empty = await UsedAsync(place, repetition.Cancellation);
        await submit(opened.Store, claimant);
        var queued = await UsedAsync(place, repetition.Cancellation);
        await Draining.DrainAsync(opened.Store, claimant, steps, 1, Work.SmallResult, repetition.Cancellation);
        var finished = await UsedAsync(place, repetition.Cancellation);
        repetition.Record($"{figure}, queued", "B/step", (queued - empty) / steps);
        repetition.Record($"{figure}, finished", "B/step", (finished - empty) / steps);
    }

    private static async Task<double> UsedAsync(RedisPlace place, CancellationToken cancellation)
    {
        await Task.Delay(Rest, cancellation);
        return await place.NumberAsync("memory", "used_memory");
    }
}
