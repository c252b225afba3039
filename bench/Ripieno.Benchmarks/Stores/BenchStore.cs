using Microsoft.Data.Sqlite;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>A store to be measured, new and empty; gone after use. Another kind of store joins the benchmarks here.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    /// <summary>What <c>--store</c> takes.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["sqlite"];

    private readonly string _folder;

    private BenchStore(IStore store, string folder)
    {
        Store = store;
        _folder = folder;
    }

    public IStore Store { get; }

    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="folder">Its own; kinds that keep no files here ignore it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<BenchStore> OpenAsync(string kind, string folder, CancellationToken cancellation) =>
        new(await OpenSharedAsync(kind, folder, cancellation), folder);

    /// <summary>The same store as another process opens it; the opener's only to close.</summary>
    public static async Task<IStore> OpenSharedAsync(string kind, string folder, CancellationToken cancellation) => kind switch
    {
        "sqlite" => await SqliteStore.OpenAsync(FileIn(folder), TimeProvider.System, cancellation),
        _ => throw new ArgumentException($"'{kind}' is no kind of store; known are: {string.Join(", ", Kinds)}.", nameof(kind)),
    };

    /// <summary>Brings what the preparation left to be done to an end, so that no timed part pays for it.</summary>
    public void Settle()
    {
        using var connection = new SqliteConnection($"Data Source={FileIn(_folder)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FileIn(string folder) => Path.Combine(folder, "ripieno.db");
}
