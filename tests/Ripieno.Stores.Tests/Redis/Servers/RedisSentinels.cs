using System.Globalization;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>A master and a replica on this machine, and three Sentinels that watch them.</summary>
internal sealed class RedisSentinels : IAsyncDisposable
{
    public const string Service = "main";

    private readonly IReadOnlyList<RedisServer> _sentinels;

    private readonly bool _isEncrypted;

    private RedisSentinels(IReadOnlyList<RedisServer> servers, IReadOnlyList<RedisServer> sentinels, bool isEncrypted)
    {
        (Servers, _sentinels, _isEncrypted) = (servers, sentinels, isEncrypted);
    }

    /// <summary>Master and replica, as they began.</summary>
    public IReadOnlyList<RedisServer> Servers { get; }

    /// <summary>Addresses of the Sentinels.</summary>
    public IReadOnlyList<string> Endpoints => [.. _sentinels.Select(sentinel => _isEncrypted ? sentinel.TlsEndpoint : sentinel.Endpoint)];

    /// <param name="downAfter">How long a server may be silent before it counts as gone.</param>
    /// <param name="password">Of the servers, not of the Sentinels; null = none.</param>
    /// <param name="appendFsync">Of the servers.</param>
    /// <param name="certificates">Everybody talks to everybody else encrypted; null = nobody does.</param>
    public static async Task<RedisSentinels> StartAsync(TimeSpan downAfter, string? password = null, string appendFsync = "everysec", CertificateFolder? certificates = null)
    {
        var issued = certificates?.Issue("server", "127.0.0.1");
        var options = new RedisServerOptions
        {
            Password = password,
            AppendFsync = appendFsync,
            Certificate = issued?.Certificate,
            CertificateKey = issued?.Key,
            Arguments = [.. password is null ? (string[])[] : ["--masterauth", password], .. certificates is null ? (string[])[] : ["--tls-replication", "yes", "--tls-ca-cert-file", certificates.Authority]],
        };
        var master = await RedisServer.StartAsync(options);
        var port = certificates is null ? master.Port : master.TlsPort;
        var replica = await RedisServer.StartAsync(options with { Arguments = [.. options.Arguments, "--replicaof", $"{master.Host} {port}", "--repl-diskless-sync-delay", "0"] });
        var configuration = string.Create(CultureInfo.InvariantCulture, $"""
            sentinel monitor {Service} {master.Host} {port} 2
            sentinel down-after-milliseconds {Service} {(int)downAfter.TotalMilliseconds}
            sentinel failover-timeout {Service} 10000
            {(password is null ? "" : $"sentinel auth-pass {Service} {password}")}

            """);
        var sentinels = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync(options with { Password = null, SentinelConfiguration = configuration, Arguments = [.. options.Arguments.Skip(password is null ? 0 : 2)] })));
        foreach (var sentinel in sentinels)
            await HurryAsync(sentinel);
        var all = new RedisSentinels([master, replica], sentinels, certificates is not null);
        await all.HealthyAsync();
        return all;
    }

    /// <summary>The server that the Sentinels name as the master.</summary>
    public async Task<RedisServer> MasterAsync()
    {
        var named = (object?[])(await _sentinels[0].CallAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service))!;
        return Servers.Single(server => (_isEncrypted ? server.TlsPort : server.Port).ToString(CultureInfo.InvariantCulture) == (string?)named[1]);
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

    /// <summary>
    /// Lets a Sentinel ask the servers each second instead of each ten, and tell the others twice a second instead of every two seconds. When it takes whom for gone stays as it is; what it makes of that, a master that comes back as a
    /// replica included, takes a fraction of the time.
    /// </summary>
    private static async Task HurryAsync(RedisServer sentinel)
    {
        try
        {
            await sentinel.CallAsync("SENTINEL", "DEBUG", "INFO-PERIOD", "1000", "PUBLISH-PERIOD", "500");
        }
        catch (InvalidOperationException)
        {
            // Before Redis 7 there is no such command: it takes its time then.
        }
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
