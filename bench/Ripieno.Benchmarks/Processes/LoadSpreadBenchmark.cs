using System.Diagnostics;
using System.Globalization;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Working;

namespace Ripieno.Benchmarks.Processes;

/// <summary>
/// How evenly instances share the work, and what it costs when one of them is slow: 8 processes with 4 slots and calls of 200 ms over HTTP. Equal ones: the coefficient of variation of the steps that each has done
/// (0 = all the same). One four times slower, by a model server of its own: the ideal makespan, in which it does as much less as it is slower, divided by the real one. Others pull; where a way to push is measured beside it, it stands
/// under its own name.
/// </summary>
internal sealed class LoadSpreadBenchmark : Benchmark
{
    private const int Instances = 8;
    private const int Slots = 4;
    private const int Steps = 1920;
    private const int Runs = 16;
    private const int Slower = 4;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);

    public override string Name => "spread";

    public override string Summary => "load of 8 instances with 4 slots and 200 ms calls: how even, and ideal makespan / makespan when one is 4 times slower";

    public override bool Measures(string store) => store == StorePlace.Redis;

    public override async Task RepeatAsync(Repetition repetition)
    {
        var steps = repetition.Size(Steps / Runs);
        var (even, evenTook) = await SpreadAsync(repetition, steps, slow: false);
        repetition.Record("pull, equal, coefficient of variation", "", Variation(even));
        repetition.Record("pull, equal, fewest steps", "steps", even.Min());
        repetition.Record("pull, equal, most steps", "steps", even.Max());
        repetition.Record("pull, equal, ideal makespan / makespan", "×", Ideal(Runs * steps, slow: false) / evenTook);
        var (uneven, unevenTook) = await SpreadAsync(repetition, steps, slow: true);
        repetition.Record("pull, one slower, its steps", "steps", uneven[0]);
        repetition.Record("pull, one slower, makespan", "s", unevenTook.TotalSeconds);
        repetition.Record("pull, one slower, ideal makespan / makespan", "×", Ideal(Runs * steps, slow: true) / unevenTook);
    }

    /// <returns>Steps of each instance, and how long all took.</returns>
    private static async Task<(int[] Done, TimeSpan Took)> SpreadAsync(Repetition repetition, int stepsOfRun, bool slow)
    {
        var servers = new List<ChildProcess>();
        var instances = new List<ChildProcess>();
        try
        {
            await using var opened = await repetition.OpenStoreAsync();
            var usual = await ServerAsync(Latency);
            var own = slow ? await ServerAsync(Latency * Slower) : usual;
            for (var instance = 0; instance < Instances; instance++)
                instances.Add(await ChildProcess.StartAsync(InstanceRole.Arguments(opened.Place, Slots, instance == 0 ? own : usual), repetition.Cancellation));
            // First calls make connections and code; they are not what is compared.
            await opened.Store.SubmitAsync(Work.Run("first", Work.Steps(2 * Instances * Slots)), CancellationToken.None);
            await WorkerBench.RunEndsAsync(opened.Store, "first", repetition.Cancellation);
            var before = await DoneAsync();

            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Runs).Select(run => opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Steps(stepsOfRun)), CancellationToken.None)));
            for (var run = 0; run < Runs; run++)
                await WorkerBench.RunEndsAsync(opened.Store, $"run-{run}", repetition.Cancellation);
            var took = Stopwatch.GetElapsedTime(started);
            return ([.. (await DoneAsync()).Zip(before, (after, earlier) => after - earlier)], took);
        }
        finally
        {
            foreach (var child in instances.Concat(servers))
                await child.DisposeAsync();
        }

        async Task<string> ServerAsync(TimeSpan latency)
        {
            var server = await ChildProcess.StartAsync(SimulatorRole.Arguments(Instances * Slots, latency), repetition.Cancellation);
            servers.Add(server);
            return await server.AskAsync(SimulatorRole.Where, repetition.Cancellation);
        }

        async Task<int[]> DoneAsync()
        {
            var done = new int[instances.Count];
            for (var i = 0; i < done.Length; i++)
                done[i] = int.Parse(await instances[i].AskAsync(InstanceRole.Done, repetition.Cancellation), CultureInfo.InvariantCulture);
            return done;
        }
    }

    private static TimeSpan Ideal(int steps, bool slow)
    {
        var asManyInstances = slow ? Instances - 1 + 1.0 / Slower : Instances;
        return Latency * (steps / (asManyInstances * Slots));
    }

    private static double Variation(int[] done)
    {
        var mean = done.Average();
        return Math.Sqrt(done.Average(one => (one - mean) * (one - mean))) / mean;
    }
}
