using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>A benchmark of the Redis store, beside other engines on an equal Redis.</summary>
internal abstract class RedisBenchmark : Benchmark
{
    /// <summary>As many times 100 steps are under way: twice what BullMQ's worker has, because half of ours are on their way while it claims the other half.</summary>
    protected const int Loops = 2;

    /// <summary>More than one batch, so that the scripts that finish wide changes are called too.</summary>
    private const int FirstSteps = 300;

    public override bool Measures(string store) => store == StorePlace.Redis;

    /// <summary>A store on which a run has been executed already, as on any that is in use: the server knows the scripts, and connections have their buffers.</summary>
    protected static async Task<(BenchStore Opened, Claimant Claimant)> OpenAsync(Repetition repetition)
    {
        var opened = await repetition.OpenStoreAsync();
        try
        {
            var claimant = await Claimant.RegisterAsync(opened.Store);
            await Expanding.SubmitAsync(opened.Store, claimant, "first", FirstSteps, Work.WithInput);
            await Draining.DrainAsync(opened.Store, claimant, FirstSteps, 1, Work.SmallResult, repetition.Cancellation);
            return (opened, claimant);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }
}
