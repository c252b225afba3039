using System.Diagnostics;
using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>Whether the server has room for new runs. The last fifth of its memory is for finishing what was accepted.</summary>
internal sealed class Memory(RedisConnection connection) : IDisposable
{
    private const double Most = 0.8;

    /// <summary>How old an answer may be: what others submit within it fits in the part that is kept free.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    /// <summary>Which part of the memory this process may fill before it asks again.</summary>
    private const double Share = 0.01;

    private readonly SemaphoreSlim _asking = new(1);
    private long _asked;
    private long _filled;
    private long _mayFill;
    private StoreUnavailableException? _answer;

    /// <param name="bytes">About how much more is to be stored.</param>
    /// <returns>Null = there is room, or the server is not to be asked.</returns>
    public async Task<StoreUnavailableException?> ShortAsync(long bytes)
    {
        Interlocked.Add(ref _filled, bytes);
        if (IsFresh || !await _asking.WaitAsync(_asked == 0 ? Timeout.Infinite : 0))
            return _answer;
        try
        {
            if (!IsFresh)
            {
                var memory = await ServerFacts.MemoryAsync(connection);
                _answer = Look(memory);
                Interlocked.Exchange(ref _filled, bytes);
                Volatile.Write(ref _mayFill, memory.Limit == 0 ? long.MaxValue : (long)(memory.Limit * Share));
                Volatile.Write(ref _asked, Stopwatch.GetTimestamp());
            }
        }
        catch (Exception exception) when (exception is RedisException or StoreUnavailableException)
        {
            // The submission itself will say what is wrong.
            return null;
        }
        finally
        {
            _asking.Release();
        }

        return _answer;
    }

    public void Dispose() => _asking.Dispose();

    private bool IsFresh => Interlocked.Read(ref _filled) <= Volatile.Read(ref _mayFill) && Volatile.Read(ref _asked) is > 0 and var asked && Stopwatch.GetElapsedTime(asked) < Fresh;

    private StoreUnavailableException? Look((long Used, long Limit) memory) => memory.Limit == 0 || memory.Used <= memory.Limit * Most
        ? null
        : new($"The Redis server at {connection.Location} uses {memory.Used / 1048576} of {memory.Limit / 1048576} MB (maxmemory); above {Most:P0} no new runs are accepted, so that those that are there can finish. Delete ended runs (ripieno prune), or raise maxmemory.");
}
