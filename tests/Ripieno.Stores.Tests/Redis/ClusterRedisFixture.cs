using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A store in three parts on a real Cluster of three masters and three replicas, which all tests of the process share.</summary>
public sealed class ClusterRedisFixture : RedisFixture
{
    public ClusterRedisFixture()
    {
        Partitions = 3;
    }

    private protected override async Task<IReadOnlyList<string>> EndpointsAsync() => [.. (await RedisCluster.SharedAsync()).Nodes.Select(node => node.Endpoint)];

    private protected override async Task<IReadOnlyList<RedisServer>> MastersAsync() => (await RedisCluster.SharedAsync()).Nodes.Take(3).ToList();
}
