using Microsoft.Extensions.Time.Testing;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests;

/// <summary>Data of one store for one test: opens stores on it, as many as there would be processes, all reading one clock that the test moves.</summary>
public abstract class StoreFixture : IAsyncDisposable
{
    internal FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));

    /// <summary>Another store on the same data, as another process would open it. The caller disposes it, or not: then its process has died.</summary>
    internal abstract Task<IStore> OpenAsync();

    /// <summary>Marks the data as written by a version of Ripieno that this one does not know. No store is open on it.</summary>
    internal abstract Task RaiseSchemaVersionAsync();

    /// <summary>How many commits have reached the data so far, by whichever store.</summary>
    internal abstract Task<long> CommitsAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
