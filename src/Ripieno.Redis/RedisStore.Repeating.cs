using System.Collections;
using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Reads change nothing, so each is repeated as a whole while the operator's patience lasts.</summary>
    /// <exception cref="Errors.StoreUnavailableException">The server does not answer, or refuses to.</exception>
    private async Task<T> ReadAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation)
    {
        var found = await _caller.ReadAsync(read, cancellation);
        // Nothing found: is it because the store was emptied?
        if (found is null or ICollection { Count: 0 })
            await _caller.VerifyAsync(_partitions, cancellation);
        return found;
    }
}
