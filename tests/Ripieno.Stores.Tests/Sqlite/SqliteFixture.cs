using Microsoft.Data.Sqlite;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Sqlite;

public sealed class SqliteFixture : StoreFixture
{
    // In memory where there is such a folder: power cuts are not tested here, and thousands of flushes would only cost time.
    private readonly string _folder = Directory.CreateDirectory(
        Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "ripieno-" + Guid.NewGuid().ToString("n"))).FullName;

    private readonly List<SqliteStore> _stores = [];

    public string File => Path.Combine(_folder, "store.db");

    internal override async Task<IStore> OpenAsync()
    {
        var store = await SqliteStore.OpenAsync(File, Time, CancellationToken.None);
        _stores.Add(store);
        return store;
    }

    internal override Task RaiseSchemaVersionAsync()
    {
        Run(File, "PRAGMA user_version = 99");
        return Task.CompletedTask;
    }

    internal override Task<long> CommitsAsync() => Task.FromResult(Number(File, "SELECT coalesce(sum(commits), 0) FROM writer"));

    internal static void Run(string path, string sql) => Number(path, sql);

    internal static long Number(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }
}
