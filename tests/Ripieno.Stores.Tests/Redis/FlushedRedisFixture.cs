using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>The server has forgotten all scripts before every single call, as after a restart or a failover.</summary>
public sealed class FlushedRedisFixture : RedisFixture
{
    private protected override async Task BeforeScriptAsync(string script, bool writes)
    {
        await base.BeforeScriptAsync(script, writes);
        await (await RedisServer.SharedAsync()).CallAsync("SCRIPT", "FLUSH", "SYNC");
    }
}
