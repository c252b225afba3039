using System.Globalization;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>A master and a replica on this machine, and three Sentinels that watch them.</summary>
internal sealed class RedisSentinels : IAsyncDisposable
{
    public const string Service = "main";

    private readonly IReadOnlyList<RedisServer> _sentinels;

    private RedisSentinels(IReadOnlyList<RedisServer> servers, IReadOnlyList<RedisServer> sentinels)
    {
        (Servers, _sentinels) = (servers, sentinels);
    }

    /// <summary>Master and replica, as they began.</summary>
    public IReadOnlyList<RedisServer> Servers { get; }

    /// <summary>Addresses of the Sentinels.</summary>
    public IReadOnlyList<string> Endpoints => [.. _sentinels.Select(sentinel => sentinel.Endpoint)];

    /// <param name="downAfter">How long a server may be silent before it counts as gone.</param>
    /// <param name="password">Of the servers, not of the Sentinels; null = none.</param>
    /// <param name="appendFsync">Of the servers.</param>
    public static async Task<RedisSentinels> StartAsync(TimeSpan downAfter, string? password = null, string appendFsync = "everysec")
    {
        string[] other = password is null ? [] : ["--masterauth", password];
        var master = await RedisServer.StartAsync(new() { Password = password, AppendFsync = appendFsync, Arguments = other });
        var replica = await RedisServer.StartAsync(new()
        {
            Password = password,
            AppendFsync = appendFsync,
            Arguments = [.. other, "--replicaof", $"{master.Host} {master.Port}", "--repl-diskless-sync-delay", "0"],
        });
        var configuration = string.Create(CultureInfo.InvariantCulture, $"""
            sentinel monitor {Service} {master.Host} {master.Port} 2
            sentinel down-after-milliseconds {Service} {(int)downAfter.TotalMilliseconds}
            sentinel failover-timeout {Service} 10000
            {(password is null ? "" : $"sentinel auth-pass {Service} {password}")}

            """);
        var sentinels = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync(new() { SentinelConfiguration = configuration })));
        var all = new RedisSentinels([master, replica], sentinels);
        await all.HealthyAsync();
        return all;
    }

    /// <summary>The server that the Sentinels name as the master.</summary>
    public async Task<RedisServer> MasterAsync()
    {
        var named = (object?[])(await _sentinels[0].CallAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service))!;
        return Servers.Single(server => server.Port.ToString(CultureInfo.InvariantCulture) == (string?)named[1]);
    }

    /// <summary>Waits until the Sentinels know each other and both servers, and the replica has what the master has.</summary>
    public Task HealthyAsync() => UntilAsync("the Sentinels watch a master and its replica", async () =>
    {
        foreach (var sentinel in _sentinels)
        {
            var master = Fields((object?[])(await sentinel.CallAsync("SENTINEL", "MASTER", Service))!);
            if ((master["num-other-sentinels"], master["num-slaves"], master["flags"]) != ("2", "1", "master"))
                return false;
            var replica = Fields((object?[])((object?[])(await sentinel.CallAsync("SENTINEL", "REPLICAS", Service))!)[0]!);
            if ((replica["flags"], replica["master-link-status"]) != ("slave", "ok"))
                return false;
        }

        return true;
    });

    /// <summary>Waits until another server than this one is the master.</summary>
    public Task TakenOverAsync(RedisServer from) => UntilAsync("the replica has taken over", async () => await MasterAsync() != from);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _sentinels.Concat(Servers))
            await server.DisposeAsync();
    }

    private static Dictionary<string, string> Fields(object?[] pairs) => pairs.Cast<string>().Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        // Far above any need: only a hang gets there.
        for (var look = 0; look < 6000; look++)
        {
            if (await isSo())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        throw new InvalidOperationException($"Waited in vain until {what}.");
    }
}
