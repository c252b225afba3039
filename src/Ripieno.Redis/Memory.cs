using System.Diagnostics;
using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>Whether the server has room for new runs. The last fifth of its memory is for finishing what was accepted.</summary>
internal sealed class Memory(RedisConnection connection) : IDisposable
{
    private const double Most = 0.8;

    /// <summary>How old an answer may be: what is submitted within it fits in the part that is kept free.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _asking = new(1);
    private long _asked;
    private StoreUnavailableException? _answer;

    /// <returns>Null = there is room, or the server is not to be asked.</returns>
    public async Task<StoreUnavailableException?> ShortAsync()
    {
        if (IsFresh || !await _asking.WaitAsync(_asked == 0 ? Timeout.Infinite : 0))
            return _answer;
        try
        {
            if (!IsFresh)
            {
                _answer = Look(await ServerFacts.MemoryAsync(connection));
                Volatile.Write(ref _asked, Stopwatch.GetTimestamp());
            }
        }
        catch (RedisException)
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

    private bool IsFresh => Volatile.Read(ref _asked) is > 0 and var asked && Stopwatch.GetElapsedTime(asked) < Fresh;

    private StoreUnavailableException? Look((long Used, long Limit) memory) => memory.Limit == 0 || memory.Used <= memory.Limit * Most
        ? null
        : new($"The Redis server at {connection.Location} uses {memory.Used / 1048576} of {memory.Limit / 1048576} MB (maxmemory); above {Most:P0} no new runs are accepted, so that those that are there can finish. Delete ended runs (ripieno prune), or raise maxmemory.");
}
