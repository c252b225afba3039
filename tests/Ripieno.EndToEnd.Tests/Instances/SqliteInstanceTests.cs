namespace Ripieno.EndToEnd.Tests.Instances;

[Collection(Collections.Embedded)]
public sealed class SqliteFrozenInstanceTests(ITestOutputHelper output) : FrozenInstanceTests(output, onRedis: false);

[Collection(Collections.Embedded)]
public sealed class SqliteKilledInstanceTests(ITestOutputHelper output) : KilledInstanceTests(output, onRedis: false);

[Collection(Collections.Embedded)]
public sealed class SqliteStoppedInstanceTests(ITestOutputHelper output) : StoppedInstanceTests(output, onRedis: false);

[Collection(Collections.Embedded)]
public sealed class SqliteClusterLimitTests(ITestOutputHelper output) : ClusterLimitTests(output, onRedis: false);
