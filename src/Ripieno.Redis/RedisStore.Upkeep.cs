using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public async Task<StoreCheck> CheckAsync(CancellationToken cancellation)
    {
        await _caller.VerifyAsync(_partitions, cancellation);
        return await ReadAsync(_ => new Checkup(_connection, _partitions, Description, _caller.LostCommits).LookAsync(cancellation), cancellation);
    }
}
