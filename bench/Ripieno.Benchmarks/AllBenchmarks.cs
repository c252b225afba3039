using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Processes;
using Ripieno.Benchmarks.Redis;
using Ripieno.Benchmarks.Storing;
using Ripieno.Benchmarks.Working;

namespace Ripieno.Benchmarks;

/// <summary>Everything that is measured, in the order in which it is.</summary>
internal static class AllBenchmarks
{
    public static readonly IReadOnlyList<Benchmark> List =
    [
        new CompletionsBenchmark(),
        new RunsBenchmark(),
        new ClaimsBenchmark(),
        new WideBenchmark(),
        new SlotsBenchmark(),
        new FairnessBenchmark(),
        new DispatchBenchmark(),
        new MemoryBenchmark(),
        new StartBenchmark(),
        new LoadSpreadBenchmark(),
        new RedisDrainBenchmark(),
        new RedisRunsBenchmark(),
        new RedisCompletionsBenchmark(),
        new RedisSubmitBenchmark(),
        new RedisSinglesBenchmark(),
        new RedisDispatchBenchmark(),
        new RedisMemoryBenchmark(),
        new RedisWideBenchmark(),
    ];
}
