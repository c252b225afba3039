using System.Diagnostics;
using System.Globalization;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Working;
using Ripieno.Runs;

namespace Ripieno.Benchmarks.Processes;

/// <summary>
/// How evenly instances share the work, and what it costs when one of them is slow: 8 processes with 4 slots and calls of 200 ms over HTTP. Equal ones: the coefficient of variation of the steps that each has done
/// (0 = all the same). One four times slower, by a model server of its own: the ideal makespan, in which it does as much less as it is slower, divided by the real one. Measured for steps that any instance takes
/// (<c>pull</c>), and for runs that are pinned to the instances in turn (<c>round-robin</c>).
/// </summary>
internal sealed class LoadSpreadBenchmark : Benchmark
{
    private const int Instances = 8;
    private const int Slots = 4;
    private const int Steps = 3840;
    private const int Runs = 16;
    private const int Slower = 4;

    /// <summary>Of an answer: what a model of 80 tokens a second writes in that time.</summary>
    private const int Tokens = 16;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);

    public override string Name => "spread";

    public override string Summary => "load of 8 instances with 4 slots and 200 ms calls: how even, and ideal makespan / makespan when one is 4 times slower";

    public override bool Measures(string store) => store == StorePlace.Redis;

    public override async Task RepeatAsync(Repetition repetition)
    {
        await RecordAsync(repetition, "pull", pinned: false);
        await RecordAsync(repetition, "round-robin", pinned: true);
    }

    private static async Task RecordAsync(Repetition repetition, string how, bool pinned)
    {
        var steps = repetition.Size(Steps / Runs);
        var (even, evenTook) = await SpreadAsync(repetition, steps, pinned, slow: false);
        repetition.Record($"{how}, equal, coefficient of variation", "", Variation(even));
        repetition.Record($"{how}, equal, ideal makespan / makespan", "×", Ideal(Runs * steps, slow: false) / evenTook);
        var (uneven, unevenTook) = await SpreadAsync(repetition, steps, pinned, slow: true);
        repetition.Record($"{how}, one slower, its share of an equal one", "×", uneven[0] / uneven.Average());
        repetition.Record($"{how}, one slower, makespan", "s", unevenTook.TotalSeconds);
        repetition.Record($"{how}, one slower, ideal makespan / makespan", "×", Ideal(Runs * steps, slow: true) / unevenTook);
    }

    /// <returns>Steps of each instance, and how long all took.</returns>
    private static async Task<(int[] Done, TimeSpan Took)> SpreadAsync(Repetition repetition, int stepsOfRun, bool pinned, bool slow)
    {
        var servers = new List<ChildProcess>();
        var instances = new List<ChildProcess>();
        var ids = new List<string>();
        await using var opened = await repetition.OpenStoreAsync();
        try
        {
            var usual = await ServerAsync(Latency);
            var own = slow ? await ServerAsync(Latency * Slower) : usual;
            for (var instance = 0; instance < Instances; instance++)
                instances.Add(await ChildProcess.StartAsync(InstanceRole.Arguments(opened.Place, Slots, instance == 0 ? own : usual, Tokens), repetition.Cancellation));
            foreach (var instance in instances)
                ids.Add(await instance.AskAsync(InstanceRole.Id, repetition.Cancellation));
            // First calls make connections and code (each process compiles for about 4 s of one core), and whoever is pinned to must have noticed; neither is what is compared.
            await SubmitAsync("first", 60 * Slots, Instances);
            var before = await DoneAsync();

            var started = Stopwatch.GetTimestamp();
            await SubmitAsync("run", stepsOfRun, Runs);
            var took = Stopwatch.GetElapsedTime(started);
            return ([.. (await DoneAsync()).Zip(before, (after, earlier) => after - earlier)], took);
        }
        finally
        {
            foreach (var child in instances.Concat(servers))
                await child.DisposeAsync();
        }

        // Accepted together, then done.
        async Task SubmitAsync(string name, int steps, int runs)
        {
            await Task.WhenAll(Enumerable.Range(0, runs).Select(run => opened.Store.SubmitAsync(Work.Run($"{name}-{run}", StepsFor(steps, ids[run % Instances])), CancellationToken.None)));
            for (var run = 0; run < runs; run++)
                await WorkerBench.RunEndsAsync(opened.Store, $"{name}-{run}", repetition.Cancellation);
        }

        IEnumerable<StepSpec> StepsFor(int steps, string instance) => Work.Steps(steps).Select(step => pinned ? step with { Class = step.Class.PinnedTo(instance) } : step);

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
