using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) =>
        ReadAsync(_ => new Checkup(_connection, _partitions, Description, _caller.LostCommits).LookAsync(cancellation), cancellation);
}
