using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Redis;

public sealed class RedisRunLifecycle : RunLifecycleConformance<RedisFixture>;

public sealed class RedisClaiming : ClaimingConformance<RedisFixture>;

public sealed class RedisLease : LeaseConformance<RedisFixture>;

public sealed class RedisRetry : RetryConformance<RedisFixture>;

public sealed class RedisFollowUp : FollowUpConformance<RedisFixture>;

public sealed class RedisFollowUpOrder : FollowUpOrderConformance<RedisFixture>;

public sealed class RedisGroup : GroupConformance<RedisFixture>;

public sealed class RedisCancel : CancelConformance<RedisFixture>;

public sealed class RedisStop : StopConformance<RedisFixture>;

public sealed class RedisContent : ContentConformance<RedisFixture>;

public sealed class RedisQuery : QueryConformance<RedisFixture>;

public sealed class RedisPermit : PermitConformance<RedisFixture>;

public sealed class RedisInstance : InstanceConformance<RedisFixture>;

public sealed class RedisLog : LogConformance<RedisFixture>;

public sealed class RedisBacklog : BacklogConformance<RedisFixture>;

public sealed class RedisSchemaVersion : SchemaVersionConformance<RedisFixture>;

public sealed class RedisConcurrency : ConcurrencyConformance<RedisFixture>;

public sealed class RedisChange : ChangeConformance<RedisFixture>;

public sealed class RedisRandomOperations : RandomOperationsConformance<RedisFixture>;

public sealed class RedisWidth : WidthConformance<RedisFixture>;

public sealed class RedisPoison : PoisonConformance<RedisFixture>;

public sealed class RedisRetention : RetentionConformance<RedisFixture>;

public sealed class RedisFairShare : FairShareConformance<RedisFixture>;

public sealed class RedisCrashPoint : CrashPointConformance<RedisFixture>;

public sealed class RedisRate : RateConformance<RedisFixture>;

public sealed class RedisCooling : CoolingConformance<RedisFixture>;

public sealed class RedisQuota : QuotaConformance<RedisFixture>;

public sealed class RedisMoving : MovingConformance<RedisFixture>;

public sealed class RedisMaxQueued : MaxQueuedConformance<RedisFixture>;
