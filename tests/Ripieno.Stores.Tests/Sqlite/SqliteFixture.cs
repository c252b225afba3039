using System.Globalization;
using System.Text;
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

    internal override async Task<IStore> OpenAsync(int? batch)
    {
        var store = await SqliteStore.OpenAsync(File, Time, batch ?? SqliteStore.Batch, MaxQueued, CancellationToken.None);
        _stores.Add(store);
        return store;
    }

    /// <summary>
    /// Triggers on every table count the writes in the file itself, and refuse the given one. SQLite forgets what a killed process had not committed, so a refused write
    /// and a kill before it leave the same file.
    /// </summary>
    internal override Task KillAtWriteAsync(int write)
    {
        var sql = new StringBuilder($"CREATE TABLE IF NOT EXISTS kill(writes INTEGER, at INTEGER); DELETE FROM kill; INSERT INTO kill VALUES(0, {write});");
        foreach (var (table, change) in Changes())
        {
            sql.Append(
                CultureInfo.InvariantCulture,
                $"""
                CREATE TRIGGER kill_{table}_{change} BEFORE {change} ON {table} BEGIN
                  UPDATE kill SET writes = writes + 1;
                  SELECT RAISE(ABORT, 'killed') WHERE (SELECT writes >= at FROM kill);
                END;
                """);
        }

        InOneCommit(sql);
        return Task.CompletedTask;
    }

    internal override int WritesFor(int steps) => steps;

    internal override async Task BuryAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        _stores.Clear();
        var sql = new StringBuilder();
        foreach (var (table, change) in Changes())
            sql.Append(CultureInfo.InvariantCulture, $"DROP TRIGGER kill_{table}_{change};");
        InOneCommit(sql);
    }

    /// <summary>A connection and a commit for each statement would take most of the time of the tests that kill.</summary>
    private void InOneCommit(StringBuilder sql) => Run(File, $"BEGIN;{sql}COMMIT");

    private IEnumerable<(string Table, string Change)> Changes() =>
        from table in Tables()
        from change in (string[])["INSERT", "UPDATE", "DELETE"]
        select (table, change);

    private IEnumerable<string> Tables()
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'kill'";
        using var rows = command.ExecuteReader();
        while (rows.Read())
            yield return rows.GetString(0);
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
