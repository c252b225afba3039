using Microsoft.Data.Sqlite;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>The store's file as SQLite sees it, without the product in between.</summary>
internal static class StoreFile
{
    /// <summary>SQLite's own examination of every page and index; <c>ok</c> when nothing is wrong.</summary>
    public static string Integrity(string path)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        using var rows = command.ExecuteReader();
        var lines = new List<string>();
        while (rows.Read())
            lines.Add(rows.GetString(0));
        return string.Join('\n', lines);
    }

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 5 }.ConnectionString);
        connection.Open();
        return connection;
    }
}
