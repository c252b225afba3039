using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Ripieno.Errors;

namespace Ripieno.Sqlite;

/// <summary>A few connections that only read. Each read is one snapshot and short: a reader held open would keep the log from being cut back.</summary>
internal sealed class Readers(string path) : IAsyncDisposable
{
    /// <summary>More would compete for the same cores without reading faster.</summary>
    private const int Count = 4;

    private readonly ConcurrentBag<Connection> _idle = [];
    private readonly SemaphoreSlim _free = new(Count);
    private volatile bool _isClosed;

    public async Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        try
        {
            if (_isClosed)
                throw new StoreUnavailableException($"The store {path} is closed.");
            // SQLite reads synchronously: off the caller's thread.
            return await Task.Run(() => Read(read), cancellation);
        }
        finally
        {
            _free.Release();
        }
    }

    private T Read<T>(Func<Connection, T> read)
    {
        Connection? connection = null;
        try
        {
            if (!_idle.TryTake(out connection))
                connection = Connection.Open(path, readOnly: true);
            connection.Execute("BEGIN");
            var answer = read(connection);
            connection.Execute("COMMIT");
            _idle.Add(connection);
            return answer;
        }
        catch (SqliteException exception)
        {
            connection?.Dispose();
            throw SqliteErrors.Unavailable(path, exception);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>Reads under way end first; those that wait for their turn are told. The counter of places stays: whoever still waits at it would do so for ever.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        for (var place = 0; place < Count; place++)
            await _free.WaitAsync();
        while (_idle.TryTake(out var connection))
            connection.Dispose();
        _free.Release(Count);
    }
}
