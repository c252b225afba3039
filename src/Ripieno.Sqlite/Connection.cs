using Microsoft.Data.Sqlite;
using Ripieno.Runs;
using SQLitePCL;

namespace Ripieno.Sqlite;

/// <summary>One physical connection with its prepared statements. Used by one thread at a time.</summary>
/// <remarks>
/// Bounds are written <c>LIMIT ?1 + 0</c>: SQLite looks at a bare variable there while planning, and so prepares the statement anew for every value.
/// </remarks>
internal sealed class Connection : IDisposable
{
    /// <summary>Far more than the program has; bounds what texts put together at run time may add.</summary>
    private const int Constants = 1000;

    private readonly SqliteConnection _connection;

    // Almost every text is a constant of the program, found by its identity; others, such as texts put together at run time, by their content.
    private readonly Dictionary<string, Statement> _byIdentity = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Statement> _byContent = new(StringComparer.Ordinal);
    private Statement? _begin;
    private Statement? _commit;

    private Connection(SqliteConnection connection) => _connection = connection;

    /// <summary>Classes seen on this connection. Emptied by the writer when a transaction that may have made one is rolled back.</summary>
    public Dictionary<StepClass, long> ClassNumbers { get; } = [];

    /// <summary>The other way round: agent or executor of a class number. Numbers are never given again, so a rolled back one may stay.</summary>
    public Dictionary<long, string> Executors { get; } = [];

    public string EngineVersion => _connection.ServerVersion;

    /// <summary>Rows changed since the connection was opened, for telling whether a transaction wrote anything.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(Handle);

    private sqlite3 Handle => _connection.Handle!;

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

    /// <summary>IMMEDIATE: a transaction that began by reading could not become a writer once another process had committed.</summary>
    public void Begin() => (_begin ??= new(Handle, "BEGIN IMMEDIATE")).Execute();

    public void Commit() => (_commit ??= new(Handle, "COMMIT")).Execute();

    /// <summary>Runs a text, of one statement or several, that is not worth keeping.</summary>
    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Executes a statement (prepared once) and returns how many rows it changed. Values bind to <c>?1</c>, <c>?2</c>, …</summary>
    public int Execute(string sql, params ReadOnlySpan<Value> values) => Bound(sql, values).Execute();

    /// <summary>Rows of a statement (prepared once). To be disposed before the same text is used again.</summary>
    public Statement Query(string sql, params ReadOnlySpan<Value> values) => Bound(sql, values);

    /// <summary>The first value of the first row; null when there is no row or it holds NULL.</summary>
    public long? NumberOrNull(string sql, params ReadOnlySpan<Value> values)
    {
        using var row = Bound(sql, values);
        return row.Read() ? row.GetNumber(0) : null;
    }

    public long Number(string sql, params ReadOnlySpan<Value> values) => NumberOrNull(sql, values) ?? 0;

    public byte[]? Blob(string sql, params ReadOnlySpan<Value> values)
    {
        using var row = Bound(sql, values);
        return row.Read() ? row.GetBlob(0) : null;
    }

    /// <summary>Every row of a statement, read at once.</summary>
    public List<T> List<T>(string sql, ReadOnlySpan<Value> values, Func<Statement, T> read)
    {
        using var rows = Bound(sql, values);
        var list = new List<T>();
        while (rows.Read())
            list.Add(read(rows));
        return list;
    }

    /// <summary>Makes the statement that is being executed fail. The only member that another thread may call.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(Handle);

    public void Dispose()
    {
        foreach (var statement in _byContent.Values)
            statement.Close();
        _begin?.Close();
        _commit?.Close();
        _connection.Dispose();
    }

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
        // 16 MB of log before it is merged into the file: the merge costs flushes of its own.
        Run("PRAGMA wal_autocheckpoint = 4000");
        // Cuts the log back after a long reader had made it grow.
        Run("PRAGMA journal_size_limit = 67108864");
    }

    private Statement Bound(string sql, ReadOnlySpan<Value> values)
    {
        if (!_byIdentity.TryGetValue(sql, out var statement))
        {
            if (!_byContent.TryGetValue(sql, out statement))
                _byContent.Add(sql, statement = new(Handle, sql));
            if (_byIdentity.Count < Constants)
                _byIdentity.Add(sql, statement);
        }

        if (statement.IsActive)
            throw new InvalidOperationException($"The rows of this statement are still being read: {sql}");
        statement.Bind(values);
        return statement;
    }
}
