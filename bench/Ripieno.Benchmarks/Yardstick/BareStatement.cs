using Microsoft.Data.Sqlite;

namespace Ripieno.Benchmarks.Yardstick;

/// <summary>A statement, prepared once. Values bind to <c>?1</c>, <c>?2</c>, …</summary>
internal sealed class BareStatement : IDisposable
{
    private readonly SqliteCommand _command;

    public BareStatement(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        for (var number = 1; sql.Contains($"?{number}", StringComparison.Ordinal); number++)
            _command.Parameters.Add(new SqliteParameter { ParameterName = $"?{number}" });
    }

    public int Execute(params ReadOnlySpan<object> values) => Bound(values).ExecuteNonQuery();

    public long Number(params ReadOnlySpan<object> values) => (long)Bound(values).ExecuteScalar()!;

    public SqliteDataReader Query(params ReadOnlySpan<object> values) => Bound(values).ExecuteReader();

    public void Dispose() => _command.Dispose();

    private SqliteCommand Bound(ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
            _command.Parameters[i].Value = values[i];
        return _command;
    }
}
