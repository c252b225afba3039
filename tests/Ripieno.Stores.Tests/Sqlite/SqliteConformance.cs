using Ripieno.Stores.Tests.Conformance;

namespace Ripieno.Stores.Tests.Sqlite;

public sealed class SqliteRunLifecycle : RunLifecycleConformance<SqliteFixture>;

public sealed class SqliteClaiming : ClaimingConformance<SqliteFixture>;

public sealed class SqliteLease : LeaseConformance<SqliteFixture>;

public sealed class SqliteRetry : RetryConformance<SqliteFixture>;

public sealed class SqliteFollowUp : FollowUpConformance<SqliteFixture>;

public sealed class SqliteFollowUpOrder : FollowUpOrderConformance<SqliteFixture>;

public sealed class SqliteGroup : GroupConformance<SqliteFixture>;

public sealed class SqliteCancel : CancelConformance<SqliteFixture>;

public sealed class SqliteStop : StopConformance<SqliteFixture>;

public sealed class SqliteContent : ContentConformance<SqliteFixture>;

public sealed class SqliteQuery : QueryConformance<SqliteFixture>;

public sealed class SqlitePermit : PermitConformance<SqliteFixture>;

public sealed class SqliteInstance : InstanceConformance<SqliteFixture>;

public sealed class SqliteLog : LogConformance<SqliteFixture>;

public sealed class SqliteBacklog : BacklogConformance<SqliteFixture>;

public sealed class SqliteSchemaVersion : SchemaVersionConformance<SqliteFixture>;

public sealed class SqliteConcurrency : ConcurrencyConformance<SqliteFixture>;

public sealed class SqliteChange : ChangeConformance<SqliteFixture>;

public sealed class SqliteRandomOperations : RandomOperationsConformance<SqliteFixture>;

public sealed class SqliteWidth : WidthConformance<SqliteFixture>;

public sealed class SqlitePoison : PoisonConformance<SqliteFixture>;

public sealed class SqliteRetention : RetentionConformance<SqliteFixture>;

public sealed class SqliteFairShare : FairShareConformance<SqliteFixture>;

public sealed class SqliteCrashPoint : CrashPointConformance<SqliteFixture>;

public sealed class SqliteRate : RateConformance<SqliteFixture>;

public sealed class SqliteCooling : CoolingConformance<SqliteFixture>;

public sealed class SqliteQuota : QuotaConformance<SqliteFixture>;

public sealed class SqliteMoving : MovingConformance<SqliteFixture>;

public sealed class SqliteMaxQueued : MaxQueuedConformance<SqliteFixture>;
