using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Working;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// How long a step takes on an idle system from the begin of its submission to the begin of its execution by a worker of the same process; 15 ms later the next one.
/// Compared with BullMQ, from the begin of <c>add</c> to the begin of the job. (<c>dispatch</c> counts from the end of the submission, and has the other process too.)
/// </summary>
internal sealed class RedisDispatchBenchmark : RedisBenchmark
{
    private const int Submissions = 400;

    /// <summary>For the compiler, and for connections to be used once.</summary>
    private const int WarmUps = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    public override string Name => "redis-dispatch";

    public override string Summary => "from the begin of the submission to the begin of its step, on an idle system, against BullMQ";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var submissions = repetition.Size(Submissions, least: 20);
        var (bull, ours) = await repetition.CompareAsync(() => repetition.MeasurePeerAsync("bullmq", "latency", submissions), () => OursAsync(repetition, submissions));
        repetition.Record("same process", ours);
        if (bull is null)
            return;
        repetition.Record("BullMQ p50", "ms", bull["p50"]);
        repetition.Record("BullMQ p99", "ms", bull["p99"]);
        repetition.Record("p50, BullMQ / ours", "×", bull["p50"] / ours.At(0.50));
    }

    private static async Task<Latencies> OursAsync(Repetition repetition, int submissions)
    {
        await using var opened = await repetition.OpenStoreAsync();
        var executor = new StartsExecutor();
        await using var worker = await WorkerBench.StartAsync(opened.Store, executor);
        var latencies = new Latencies();
        for (var number = -WarmUps; number < submissions; number++)
        {
            await Task.Delay(Pause, repetition.Cancellation);
            var run = Work.Run($"run-{number}", Work.Steps(1).Select(Work.WithInput));
            var started = Stopwatch.GetTimestamp();
            await opened.Store.SubmitAsync(run, CancellationToken.None);
            var begun = await executor.Starts.ReadAsync(repetition.Cancellation);
            if (number >= 0)
                latencies.Add(Stopwatch.GetElapsedTime(started, begun).TotalMilliseconds);
        }

        return latencies;
    }
}
