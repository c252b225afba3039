using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Long enough for a server that starts again not to be asked thousands of times, short enough not to be felt.</summary>
    private static readonly TimeSpan RepeatPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Answers of a server that is busy, starting, or not (yet) the one to ask: the same question later may be answered.</summary>
    private static readonly string[] Passing = ["LOADING", "BUSY", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "MOVED", "ASK", "EXECABORT"];

    /// <summary>Reads change nothing, so each is repeated as a whole while the operator's patience lasts.</summary>
    /// <exception cref="StoreUnavailableException">The server does not answer, or refuses to.</exception>
    private async Task<T> ReadAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation)
    {
        var begun = _time.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return await read(_db).WaitAsync(cancellation);
            }
            catch (Exception exception) when (exception is RedisException or RedisTimeoutException)
            {
                if (!IsPassing(exception) || _time.GetElapsedTime(begun) >= _settings.Patience)
                    throw Unreadable(exception);
            }

            await Task.Delay(RepeatPause, _time, cancellation);
        }
    }

    private static bool IsPassing(Exception exception) =>
        exception is not RedisServerException || Passing.Any(start => exception.Message.StartsWith(start, StringComparison.Ordinal));

    private StoreUnavailableException Unreadable(Exception exception)
    {
        var address = string.Join(", ", _settings.Endpoints);
        return exception is RedisServerException
            ? new($"The Redis store at {address} refuses to be read ({exception.Message}). Check the server, and what its user may do.", exception)
            : new($"The Redis store at {address} does not answer ({exception.Message}). Check that it runs and can be reached from here.", exception);
    }
}
