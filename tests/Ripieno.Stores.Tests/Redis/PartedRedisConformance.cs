using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Redis;

public sealed class PartedRedisRunLifecycle : RunLifecycleConformance<PartedRedisFixture>;

public sealed class PartedRedisLease : LeaseConformance<PartedRedisFixture>;

public sealed class PartedRedisRetry : RetryConformance<PartedRedisFixture>;

public sealed class PartedRedisFollowUp : FollowUpConformance<PartedRedisFixture>;

public sealed class PartedRedisGroup : GroupConformance<PartedRedisFixture>;

public sealed class PartedRedisCancel : CancelConformance<PartedRedisFixture>;

public sealed class PartedRedisStop : StopConformance<PartedRedisFixture>;

public sealed class PartedRedisContent : ContentConformance<PartedRedisFixture>;

public sealed class PartedRedisQuery : QueryConformance<PartedRedisFixture>;

public sealed class PartedRedisPermit : PermitConformance<PartedRedisFixture>;

public sealed class PartedRedisInstance : InstanceConformance<PartedRedisFixture>;

public sealed class PartedRedisLog : LogConformance<PartedRedisFixture>;

public sealed class PartedRedisBacklog : BacklogConformance<PartedRedisFixture>;

public sealed class PartedRedisSchemaVersion : SchemaVersionConformance<PartedRedisFixture>;

public sealed class PartedRedisConcurrency : ConcurrencyConformance<PartedRedisFixture>;

public sealed class PartedRedisChange : ChangeConformance<PartedRedisFixture>;

public sealed class PartedRedisRandomOperations : RandomOperationsConformance<PartedRedisFixture>
{
    private protected override int Seconds => 5;
}

public sealed class PartedRedisWidth : WidthConformance<PartedRedisFixture>
{
    private protected override int Width => Storms.Long ? base.Width : 300;

    private protected override int Most => Storms.Long ? base.Most : 2_000;
}

public sealed class PartedRedisPoison : PoisonConformance<PartedRedisFixture>;

public sealed class PartedRedisRetention : RetentionConformance<PartedRedisFixture>;

public sealed class PartedRedisCrashPoint : CrashPointConformance<PartedRedisFixture>;

public sealed class PartedRedisRate : RateConformance<PartedRedisFixture>;

public sealed class PartedRedisCooling : CoolingConformance<PartedRedisFixture>;

public sealed class PartedRedisQuota : QuotaConformance<PartedRedisFixture>;

public sealed class PartedRedisMoving : MovingConformance<PartedRedisFixture>;
