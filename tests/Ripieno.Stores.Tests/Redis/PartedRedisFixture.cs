namespace Ripieno.Stores.Tests.Redis;

/// <summary>A store in three parts, as on a Cluster: runs are spread over them, instances and permits belong to the whole.</summary>
public sealed class PartedRedisFixture : RedisFixture
{
    private protected override int? Partitions => 3;
}
