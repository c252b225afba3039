using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>A benchmark of the Redis store, beside other engines on an equal Redis.</summary>
internal abstract class RedisBenchmark : Benchmark
{
    /// <summary>As many times 100 steps are under way: twice what BullMQ's worker has, because half of ours are on their way while it claims the other half.</summary>
    protected const int Loops = 2;

    public override bool Measures(string store) => store == StorePlace.Redis;
}
