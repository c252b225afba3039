#pragma warning disable MA0025, CS0414, IDE0005 // Members come one by one.
using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) => throw new NotImplementedException();
}
