namespace Ripieno.EndToEnd.Tests.Instances;

[Collection("processes")]
public sealed class SqliteFrozenInstanceTests(ITestOutputHelper output) : FrozenInstanceTests(output, onRedis: false);

[Collection("processes")]
public sealed class SqliteKilledInstanceTests(ITestOutputHelper output) : KilledInstanceTests(output, onRedis: false);

[Collection("processes")]
public sealed class SqliteStoppedInstanceTests(ITestOutputHelper output) : StoppedInstanceTests(output, onRedis: false);
