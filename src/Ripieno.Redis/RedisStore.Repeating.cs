using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Reads change nothing, so each is repeated as a whole while the operator's patience lasts.</summary>
    /// <exception cref="Errors.StoreUnavailableException">The server does not answer, or refuses to.</exception>
    private Task<T> ReadAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation) => _caller.ReadAsync(read, cancellation);
}
