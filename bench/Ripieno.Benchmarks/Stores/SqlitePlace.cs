using Microsoft.Data.Sqlite;

namespace Ripieno.Benchmarks.Stores;

/// <summary>A folder for a file of SQLite.</summary>
internal sealed class SqlitePlace(string folder) : StorePlace
{
    public override string Kind => Sqlite;

    public override string Address => folder;

    public static string FileIn(string folder) => Path.Combine(folder, "ripieno.db");

    public override void Settle()
    {
        using var connection = new SqliteConnection($"Data Source={FileIn(folder)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
