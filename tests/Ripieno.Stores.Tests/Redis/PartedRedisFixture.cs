namespace Ripieno.Stores.Tests.Redis;

/// <summary>A store in three parts, as on a Cluster: runs are spread over them, instances and permits belong to the whole.</summary>
public sealed class PartedRedisFixture : RedisFixture
{
    public PartedRedisFixture()
    {
        Partitions = 3;
    }
}
