using System.Diagnostics;
using System.Globalization;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Processes;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Working;

/// <summary>
/// How long a step waits on an idle system: from the acknowledged submission to the begin of its execution, when the worker lives in the submitting process and when it
/// lives in another one on the same store. Between the two lie a hint that something changed and the commit of the claim. On SQLite, which flushes that to disk,
/// other processes' commits are noticed at a glance every 50 ms.
/// </summary>
internal sealed class DispatchBenchmark : Benchmark
{
    private const int Submissions = 500;

    public override string Name => "dispatch";

    public override string Summary => "from the acknowledged submission to the start of its step, on an idle worker of this process and of another";

    public override async Task RepeatAsync(Repetition repetition)
    {
        repetition.Record("same process", await SameProcessAsync(repetition));
        repetition.Record("another process", await AnotherProcessAsync(repetition));
    }

    private static async Task<Latencies> SameProcessAsync(Repetition repetition)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var executor = new StartsExecutor();
        await using var worker = await WorkerBench.StartAsync(opened.Store, executor);
        return await MeasureAsync(opened.Store, repetition, async () => await executor.Starts.ReadAsync(repetition.Cancellation));
    }

    private static async Task<Latencies> AnotherProcessAsync(Repetition repetition)
    {
        await using var opened = await repetition.OpenStoreAsync();
        await using var child = await ChildProcess.StartAsync(InstanceRole.Arguments(opened.Place, WorkerBench.Slots, null), repetition.Cancellation);
        return await MeasureAsync(opened.Store, repetition, async () => long.Parse(await child.ReadAsync(repetition.Cancellation), CultureInfo.InvariantCulture));
    }

    private static async Task<Latencies> MeasureAsync(IStore store, Repetition repetition, Func<Task<long>> startedAt)
    {
        var latencies = new Latencies();
        for (var number = 0; number < repetition.Size(Submissions, least: 20); number++)
        {
            // Until the last one is recorded and the worker waits again; at random, so as not to march in step with its glances.
            await Task.Delay(Random.Shared.Next(20, 70), repetition.Cancellation);
            await store.SubmitAsync(Work.Run($"run-{number}", Work.Steps(1)), CancellationToken.None);
            var submitted = Stopwatch.GetTimestamp();
            latencies.Add(Math.Max(0, Stopwatch.GetElapsedTime(submitted, await startedAt()).TotalMilliseconds));
        }

        return latencies;
    }
}
