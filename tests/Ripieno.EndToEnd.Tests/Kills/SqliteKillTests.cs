namespace Ripieno.EndToEnd.Tests.Kills;

[Collection("processes")]
public sealed class SqliteCrashPointTests(ITestOutputHelper output) : CrashPointTests(output, onRedis: false);

[Collection("processes")]
public sealed class SqliteKillTests(ITestOutputHelper output) : KillTests(output, onRedis: false);
