using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Redis;
using Ripieno.Redis;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>Where a store is made, empty before and gone after use. Another kind of store joins the benchmarks here.</summary>
internal abstract class StorePlace : IAsyncDisposable
{
    public const string Sqlite = "sqlite";
    public const string Redis = "redis";

    /// <summary>What <c>--store</c> takes.</summary>
    public static readonly IReadOnlyList<string> Kinds = [Sqlite, Redis];

    public abstract string Kind { get; }

    /// <summary>Where another process finds the store.</summary>
    public abstract string Address { get; }

    /// <param name="settings">Which kind, and how.</param>
    /// <param name="folder">Its own, empty.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<StorePlace> NewAsync(BenchmarkSettings settings, string folder, CancellationToken cancellation) => settings.Store switch
    {
        Sqlite => new SqlitePlace(folder),
        Redis => await RedisPlace.NewAsync(settings, folder, cancellation),
        _ => throw Unknown(settings.Store),
    };

    /// <summary>The store of a place, as any process opens it; the opener's to close.</summary>
    public static async Task<IStore> OpenStoreAsync(string kind, string address, CancellationToken cancellation) => kind switch
    {
        Sqlite => await SqliteStore.OpenAsync(SqlitePlace.FileIn(address), TimeProvider.System, cancellation),
        Redis => await RedisStore.OpenAsync(new() { Endpoints = [address] }, TimeProvider.System, cancellation),
        _ => throw Unknown(kind),
    };

    public Task<IStore> OpenStoreAsync(CancellationToken cancellation) => OpenStoreAsync(Kind, Address, cancellation);

    /// <summary>Brings what the preparation left to be done to an end, so that no timed part pays for it.</summary>
    public virtual void Settle()
    {
    }

    public abstract ValueTask DisposeAsync();

    private static ArgumentException Unknown(string kind) => new($"'{kind}' is no kind of store; known are: {string.Join(", ", Kinds)}.", nameof(kind));
}
