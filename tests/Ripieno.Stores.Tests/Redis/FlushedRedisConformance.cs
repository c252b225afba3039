using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Redis;

public sealed class FlushedRedisRunLifecycle : RunLifecycleConformance<FlushedRedisFixture>;

public sealed class FlushedRedisClaiming : ClaimingConformance<FlushedRedisFixture>;

public sealed class FlushedRedisLease : LeaseConformance<FlushedRedisFixture>;

public sealed class FlushedRedisRetry : RetryConformance<FlushedRedisFixture>;

public sealed class FlushedRedisFollowUp : FollowUpConformance<FlushedRedisFixture>;

public sealed class FlushedRedisFollowUpOrder : FollowUpOrderConformance<FlushedRedisFixture>;

public sealed class FlushedRedisGroup : GroupConformance<FlushedRedisFixture>;

public sealed class FlushedRedisCancel : CancelConformance<FlushedRedisFixture>;

public sealed class FlushedRedisStop : StopConformance<FlushedRedisFixture>;

public sealed class FlushedRedisContent : ContentConformance<FlushedRedisFixture>;

public sealed class FlushedRedisQuery : QueryConformance<FlushedRedisFixture>;

public sealed class FlushedRedisPermit : PermitConformance<FlushedRedisFixture>;

public sealed class FlushedRedisInstance : InstanceConformance<FlushedRedisFixture>;

public sealed class FlushedRedisLog : LogConformance<FlushedRedisFixture>;

public sealed class FlushedRedisBacklog : BacklogConformance<FlushedRedisFixture>;

public sealed class FlushedRedisSchemaVersion : SchemaVersionConformance<FlushedRedisFixture>;

public sealed class FlushedRedisConcurrency : ConcurrencyConformance<FlushedRedisFixture>;

public sealed class FlushedRedisChange : ChangeConformance<FlushedRedisFixture>;

public sealed class FlushedRedisRandomOperations : RandomOperationsConformance<FlushedRedisFixture>
{
    private protected override int Seconds => 5;
}

public sealed class FlushedRedisWidth : WidthConformance<FlushedRedisFixture>
{
    private protected override int Width => Storms.Long ? base.Width : 300;

    private protected override int Most => Storms.Long ? base.Most : 2_000;
}

public sealed class FlushedRedisPoison : PoisonConformance<FlushedRedisFixture>;

public sealed class FlushedRedisRetention : RetentionConformance<FlushedRedisFixture>;

public sealed class FlushedRedisFairShare : FairShareConformance<FlushedRedisFixture>;

public sealed class FlushedRedisCrashPoint : CrashPointConformance<FlushedRedisFixture>;

public sealed class FlushedRedisRate : RateConformance<FlushedRedisFixture>;

public sealed class FlushedRedisCooling : CoolingConformance<FlushedRedisFixture>;

public sealed class FlushedRedisQuota : QuotaConformance<FlushedRedisFixture>;

public sealed class FlushedRedisMoving : MovingConformance<FlushedRedisFixture>;

public sealed class FlushedRedisMaxQueued : MaxQueuedConformance<FlushedRedisFixture>;
