using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Reads of a run change nothing, so each is repeated as a whole while the operator's patience lasts.</summary>
    /// <exception cref="Errors.StoreUnavailableException">The server does not answer, or refuses to, or has another store by now.</exception>
    private Task<T> ReadAsync<T>(string runId, Func<IDatabase, Partition, Task<T>> read, CancellationToken cancellation)
    {
        var partition = PartitionOf(runId);
        return _caller.ReadAsync([partition], db => read(db, partition), cancellation);
    }

    /// <summary>The same, of what is in all partitions.</summary>
    private Task<T> ReadAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation) => _caller.ReadAsync(_partitions, read, cancellation);
}
