#pragma warning disable MA0025
using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) => throw new NotImplementedException();
}
