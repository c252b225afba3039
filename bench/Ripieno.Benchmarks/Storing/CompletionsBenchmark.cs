using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Yardstick;

namespace Ripieno.Benchmarks.Storing;

/// <summary>
/// How many steps the store can record as done in a second, and how long a caller waits for that, at 1, 4 and 200 callers. Each step makes the next one of its
/// chain ready and leaves a result of 190 bytes. It bounds every other speed: a step costs at least one of these. Compared with the bare store, whose steps update
/// a run, add an event and replace a row of the queue, in groups as large, with the same flush to the same disk.
/// </summary>
internal sealed class CompletionsBenchmark : Benchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(3);

    /// <summary>Steps per second that the first preparation is made for, until the warm-up has told better.</summary>
    private readonly Dictionary<int, double> _expected = new() { [1] = 1500, [4] = 3000, [200] = 10_000 };

    public override string Name => "completions";

    public override string Summary => "step completions per second and their latency at 1, 4 and 200 callers, against the bare store";

    public override async Task RepeatAsync(Repetition repetition)
    {
        foreach (var callers in _expected.Keys.ToArray())
        {
            var (bare, ours) = await repetition.CompareAsync<Load?, Load>(
                async () => repetition.HasBareStore ? await BareAsync(repetition, callers) : null, async () => await OursAsync(repetition, callers));
            _expected[callers] = ours.Rate;
            var name = callers == 1 ? "1 caller" : $"{callers} callers";
            Record(repetition, name, ours);
            if (bare is null)
                continue;
            Record(repetition, $"{name}, bare store", bare);
            repetition.Record($"{name}, rate, ours / bare store", "×", ours.Rate / bare.Rate);
            repetition.Record($"{name}, processor, bare store / ours", "×", bare.Processor / ours.Processor);
        }
    }

    private static void Record(Repetition repetition, string name, Load load)
    {
        repetition.Record(name, "steps/s", load.Rate);
        repetition.Record(name, load.Latencies);
        repetition.Record($"{name}, processor", "µs/step", load.Processor.TotalMicroseconds);
        if (repetition.HasBareStore)
            repetition.Record($"{name}, written", "KB/step", load.Written / 1024);
    }

    private static async Task<Load> BareAsync(Repetition repetition, int callers)
    {
        using var store = new BareStore(repetition.NewFolder());
        store.Begin();
        var steps = Enumerable.Range(0, callers).Select(run => new BareStep(store.AddRun(run), run, 0)).ToArray();
        store.Commit();
        store.Settle();
        using var writer = new BareWriter(store);
        return await Callers.RunAsync(
            callers,
            repetition.Length(Length),
            async caller =>
            {
                var step = steps[caller];
                steps[caller] = new(await writer.CompleteAsync(step), step.Run, step.Version + 1);
                return true;
            },
            repetition.Cancellation);
    }

    private async Task<Load> OursAsync(Repetition repetition, int callers)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var claimant = await Claimant.RegisterAsync(opened.Store);
        var leases = await Completing.PrepareAsync(opened.Store, claimant, callers, (int)(_expected[callers] * repetition.Length(Length).TotalSeconds * 1.5) + callers);
        opened.Place.Settle();
        return await Completing.CompleteAsync(opened.Store, leases, callers, repetition.Length(Length), repetition.Cancellation);
    }
}
