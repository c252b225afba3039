using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Logs;

[Collection(Collections.Redis)]
public sealed class RedisLogTests
{
    [Fact]
    public async Task Instances_on_two_machines_on_one_redis_have_one_log()
    {
        await using var redis = await RedisServer.StartAsync();
        await TwoMachines.CheckAsync("redis:" + redis.Endpoint);
    }
}
