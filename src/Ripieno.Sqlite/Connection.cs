using Microsoft.Data.Sqlite;

namespace Ripieno.Sqlite;

/// <summary>One physical connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private Connection(SqliteConnection connection) => _connection = connection;

    /// <summary>Numbers of classes seen on this connection. Emptied by the writer when a transaction that may have made one is rolled back.</summary>
    public Dictionary<Runs.StepClass, long> ClassNumbers { get; } = [];

    public static Connection Open(string path, bool readOnly)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            // The driver's own repetition sleeps 150 ms at a time; the writer repeats BUSY itself, with the busy_timeout below for short waits.
            DefaultTimeout = 1,
        };
        var connection = new Connection(new SqliteConnection(settings.ConnectionString));
        try
        {
            connection._connection.Open();
            connection.Configure(readOnly);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public string EngineVersion => _connection.ServerVersion;

    private void Configure(bool readOnly)
    {
        // Settings of a physical connection, not of the file: every one needs them anew.
        Run("PRAGMA busy_timeout = 250");
        Run("PRAGMA foreign_keys = ON");
        Run("PRAGMA cache_size = -32768");
        Run("PRAGMA temp_store = MEMORY");
        if (readOnly)
            return;
        Run("PRAGMA journal_mode = WAL");
        // FULL: a commit that was acknowledged survives a power cut, not only the end of the process.
        Run("PRAGMA synchronous = FULL");
        Run("PRAGMA wal_autocheckpoint = 2000");
        // Cuts the log back after a long reader had made it grow.
        Run("PRAGMA journal_size_limit = 67108864");
    }

    /// <summary>Runs a statement that is not worth keeping.</summary>
    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Executes a statement (prepared once) and returns how many rows it changed. Values bind to <c>?1</c>, <c>?2</c>, …</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bound(sql, values).ExecuteNonQuery();

    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Bound(sql, values).ExecuteReader();

    /// <summary>The first value of the first row, or null when there is no row or it holds NULL.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => Bound(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    public long Number(string sql, params ReadOnlySpan<object?> values) => Scalar(sql, values) is long number ? number : 0;

    private SqliteCommand Bound(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = "?" + i });
            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _connection.Dispose();
    }
}
