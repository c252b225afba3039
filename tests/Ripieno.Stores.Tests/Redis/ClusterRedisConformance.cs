using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Redis;

public sealed class ClusterRedisRunLifecycle : RunLifecycleConformance<ClusterRedisFixture>;

public sealed class ClusterRedisLease : LeaseConformance<ClusterRedisFixture>;

public sealed class ClusterRedisRetry : RetryConformance<ClusterRedisFixture>;

public sealed class ClusterRedisFollowUp : FollowUpConformance<ClusterRedisFixture>;

public sealed class ClusterRedisGroup : GroupConformance<ClusterRedisFixture>;

public sealed class ClusterRedisCancel : CancelConformance<ClusterRedisFixture>;

public sealed class ClusterRedisStop : StopConformance<ClusterRedisFixture>;

public sealed class ClusterRedisContent : ContentConformance<ClusterRedisFixture>;

public sealed class ClusterRedisQuery : QueryConformance<ClusterRedisFixture>;

public sealed class ClusterRedisPermit : PermitConformance<ClusterRedisFixture>;

public sealed class ClusterRedisSchemaVersion : SchemaVersionConformance<ClusterRedisFixture>;

public sealed class ClusterRedisConcurrency : ConcurrencyConformance<ClusterRedisFixture>;

public sealed class ClusterRedisChange : ChangeConformance<ClusterRedisFixture>;

public sealed class ClusterRedisRandomOperations : RandomOperationsConformance<ClusterRedisFixture>
{
    private protected override int Seconds => 5;
}

public sealed class ClusterRedisWidth : WidthConformance<ClusterRedisFixture>
{
    private protected override int Width => Storms.Long ? base.Width : 300;

    private protected override int Most => Storms.Long ? base.Most : 2_000;
}

public sealed class ClusterRedisPoison : PoisonConformance<ClusterRedisFixture>;

public sealed class ClusterRedisRetention : RetentionConformance<ClusterRedisFixture>;

public sealed class ClusterRedisCrashPoint : CrashPointConformance<ClusterRedisFixture>;

public sealed class ClusterRedisInstance : InstanceConformance<ClusterRedisFixture>;

public sealed class ClusterRedisBacklog : BacklogConformance<ClusterRedisFixture>;

public sealed class ClusterRedisRate : RateConformance<ClusterRedisFixture>;

public sealed class ClusterRedisCooling : CoolingConformance<ClusterRedisFixture>;

public sealed class ClusterRedisQuota : QuotaConformance<ClusterRedisFixture>;

public sealed class ClusterRedisMoving : MovingConformance<ClusterRedisFixture>;

public sealed class ClusterRedisLog : LogConformance<ClusterRedisFixture>;
