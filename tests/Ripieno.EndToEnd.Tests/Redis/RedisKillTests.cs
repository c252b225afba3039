using Ripieno.EndToEnd.Tests.Instances;
using Ripieno.EndToEnd.Tests.Kills;

namespace Ripieno.EndToEnd.Tests.Redis;

[Collection(Collections.Redis)]
public sealed class RedisCrashPointTests(ITestOutputHelper output) : CrashPointTests(output, onRedis: true);

[Collection(Collections.Redis)]
public sealed class RedisFrozenInstanceTests(ITestOutputHelper output) : FrozenInstanceTests(output, onRedis: true);

[Collection(Collections.Redis)]
public sealed class RedisKilledInstanceTests(ITestOutputHelper output) : KilledInstanceTests(output, onRedis: true);

[Collection(Collections.Redis)]
public sealed class RedisKillTests(ITestOutputHelper output) : KillTests(output, onRedis: true);

[Collection(Collections.Redis)]
public sealed class RedisStoppedInstanceTests(ITestOutputHelper output) : StoppedInstanceTests(output, onRedis: true);

[Collection(Collections.Redis)]
public sealed class RedisClusterLimitTests(ITestOutputHelper output) : ClusterLimitTests(output, onRedis: true);
