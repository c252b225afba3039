namespace Ripieno.EndToEnd.Tests.Kills;

[Collection(Collections.Embedded)]
public sealed class SqliteCrashPointTests(ITestOutputHelper output) : CrashPointTests(output, onRedis: false);

[Collection(Collections.Embedded)]
public sealed class SqliteKillTests(ITestOutputHelper output) : KillTests(output, onRedis: false);
