using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ripieno.Sqlite;

/// <summary>
/// A prepared statement, and while it yields rows the current row. Speaks to SQLite without ADO.NET in between, whose parameters and readers took half of a
/// step's time. Kept by its <see cref="Connection"/>; disposing it only makes it ready for its next use.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;

    public Statement(sqlite3 db, string sql)
    {
        _db = db;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(db, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), db);
    }

    /// <summary>Its rows are being read.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Binds to <c>?1</c>, <c>?2</c>, …</summary>
    public void Bind(ReadOnlySpan<Value> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ref readonly var value = ref values[i];
            var code = value.Kind switch
            {
                ValueKind.Number => raw.sqlite3_bind_int64(_statement, i + 1, value.Number),
                ValueKind.Text => BindText(i + 1, (string)value.Reference!),
                ValueKind.Blob => raw.sqlite3_bind_blob(_statement, i + 1, (byte[])value.Reference!),
                ValueKind.Real => raw.sqlite3_bind_double(_statement, i + 1, value.Real),
                _ => raw.sqlite3_bind_null(_statement, i + 1),
            };
            if (code != raw.SQLITE_OK)
                SqliteException.ThrowExceptionForRC(code, _db);
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>Rows changed.</returns>
    public int Execute()
    {
        var code = raw.sqlite3_step(_statement);
        while (code == raw.SQLITE_ROW)
            code = raw.sqlite3_step(_statement);
        if (code != raw.SQLITE_DONE)
            Fail(code);
        raw.sqlite3_reset(_statement);
        return raw.sqlite3_changes(_db);
    }

    /// <summary>Moves to the next row; false when there is none.</summary>
    public bool Read()
    {
        IsActive = true;
        var code = raw.sqlite3_step(_statement);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Fail(code);
        return code == raw.SQLITE_ROW;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(_statement, column);

    public int GetInt32(int column) => raw.sqlite3_column_int(_statement, column);

    public bool GetBoolean(int column) => GetInt32(column) != 0;

    public double GetDouble(int column) => raw.sqlite3_column_double(_statement, column);

    public string GetString(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public byte[] GetBytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public string? GetText(int column) => IsNull(column) ? null : GetString(column);

    public byte[]? GetBlob(int column) => IsNull(column) ? null : GetBytes(column);

    public int? GetIndex(int column) => IsNull(column) ? null : GetInt32(column);

    public long? GetNumber(int column) => IsNull(column) ? null : GetInt64(column);

    public void Dispose()
    {
        IsActive = false;
        raw.sqlite3_reset(_statement);
    }

    /// <summary>Gives it up for good.</summary>
    public void Close() => _statement.Dispose();

    private int BindText(int index, string text)
    {
        const int OnStack = 512;
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most <= OnStack)
        {
            Span<byte> bytes = stackalloc byte[OnStack];
            return raw.sqlite3_bind_text(_statement, index, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        var code = raw.sqlite3_bind_text(_statement, index, rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return code;
    }

    private void Fail(int code)
    {
        try
        {
            SqliteException.ThrowExceptionForRC(code, _db);
        }
        finally
        {
            Dispose();
        }
    }
}
