using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Redis;

public sealed class LossyRedisRunLifecycle : RunLifecycleConformance<LossyRedisFixture>;

public sealed class LossyRedisClaiming : ClaimingConformance<LossyRedisFixture>;

public sealed class LossyRedisLease : LeaseConformance<LossyRedisFixture>;

public sealed class LossyRedisRetry : RetryConformance<LossyRedisFixture>;

public sealed class LossyRedisFollowUp : FollowUpConformance<LossyRedisFixture>;

public sealed class LossyRedisFollowUpOrder : FollowUpOrderConformance<LossyRedisFixture>;

public sealed class LossyRedisGroup : GroupConformance<LossyRedisFixture>;

public sealed class LossyRedisCancel : CancelConformance<LossyRedisFixture>;

public sealed class LossyRedisStop : StopConformance<LossyRedisFixture>;

public sealed class LossyRedisContent : ContentConformance<LossyRedisFixture>;

public sealed class LossyRedisQuery : QueryConformance<LossyRedisFixture>;

public sealed class LossyRedisPermit : PermitConformance<LossyRedisFixture>;

public sealed class LossyRedisInstance : InstanceConformance<LossyRedisFixture>;

public sealed class LossyRedisLog : LogConformance<LossyRedisFixture>;

public sealed class LossyRedisBacklog : BacklogConformance<LossyRedisFixture>;

public sealed class LossyRedisSchemaVersion : SchemaVersionConformance<LossyRedisFixture>;

public sealed class LossyRedisConcurrency : ConcurrencyConformance<LossyRedisFixture>;

public sealed class LossyRedisChange : ChangeConformance<LossyRedisFixture>;

public sealed class LossyRedisRandomOperations : RandomOperationsConformance<LossyRedisFixture>
{
    private protected override int Seconds => 5;
}

public sealed class LossyRedisWidth : WidthConformance<LossyRedisFixture>
{
    private protected override int Width => Storms.Long ? base.Width : 300;

    private protected override int Most => Storms.Long ? base.Most : 2_000;
}

public sealed class LossyRedisPoison : PoisonConformance<LossyRedisFixture>;

public sealed class LossyRedisRetention : RetentionConformance<LossyRedisFixture>;

public sealed class LossyRedisFairShare : FairShareConformance<LossyRedisFixture>;

public sealed class LossyRedisCrashPoint : CrashPointConformance<LossyRedisFixture>;

public sealed class LossyRedisRate : RateConformance<LossyRedisFixture>;

public sealed class LossyRedisCooling : CoolingConformance<LossyRedisFixture>;

public sealed class LossyRedisQuota : QuotaConformance<LossyRedisFixture>;

public sealed class LossyRedisMoving : MovingConformance<LossyRedisFixture>;

public sealed class LossyRedisMaxQueued : MaxQueuedConformance<LossyRedisFixture>;
