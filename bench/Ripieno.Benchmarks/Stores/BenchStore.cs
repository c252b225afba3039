using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>A store to be measured, new and empty; gone after use.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    private BenchStore(StorePlace place, IStore store)
    {
        Place = place;
        Store = store;
    }

    public StorePlace Place { get; }

    public IStore Store { get; }

    /// <param name="place">Its own: it goes with the store.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<BenchStore> OpenAsync(StorePlace place, CancellationToken cancellation)
    {
        try
        {
            return new(place, await place.OpenStoreAsync(cancellation));
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Place.DisposeAsync();
    }
}
