using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>The connections of one store: one for work, and one of its own for heartbeats and claims, which must not wait behind somebody's 16 MB of artifacts.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _work;
    private readonly ConnectionMultiplexer _leases;
    private ConnectionMultiplexer? _replicas;

    static RedisConnection() =>
        // Answers are read by a thread of the connection's own: with the pool's, a burst of work can keep them waiting until they count as lost.
        ConnectionMultiplexer.SetFeatureFlag("DedicatedThreads", true);

    private RedisConnection(ConnectionMultiplexer work, ConnectionMultiplexer leases, string location)
    {
        (_work, _leases, Location) = (work, leases, location);
        Work = work.GetDatabase();
        Leases = leases.GetDatabase();
    }

    /// <summary>Addresses, without credentials.</summary>
    public string Location { get; }

    public IDatabase Work { get; }

    public IDatabase Leases { get; }

    public ISubscriber Subscriber => _leases.GetSubscriber();

    /// <summary>All servers that hold data, each with a part of it.</summary>
    public IReadOnlyList<IServer> Masters => Connected(server => !server.IsReplica);

    /// <summary>All servers that can be reached, replicas included.</summary>
    public IReadOnlyList<IServer> Servers => Connected(_ => true);

    /// <summary>What there is besides one server, for people, as it goes on after the server's version; empty = nothing.</summary>
    public string Topology { get; private set; } = "";

    /// <exception cref="StoreUnavailableException">Nobody answers, or the credentials are refused.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisSettings settings)
    {
        var location = settings.Service is { } service ? $"{string.Join(',', settings.Endpoints)}/{service}" : string.Join(',', settings.Endpoints);
        try
        {
            var work = await ConnectionMultiplexer.ConnectAsync(Options(settings, "work"));
            try
            {
                var connection = new RedisConnection(work, await ConnectionMultiplexer.ConnectAsync(Options(settings, "leases")), location);
                try
                {
                    connection.Topology = await connection.TopologyAsync(settings);
                    if (settings.Acknowledge == Acknowledgement.Replica)
                        connection._replicas = await ConnectionMultiplexer.ConnectAsync(Options(settings, "replicas"));
                }
                catch
                {
                    await connection._leases.DisposeAsync();
                    throw;
                }

                return connection;
            }
            catch
            {
                await work.DisposeAsync();
                throw;
            }
        }
        catch (RedisException exception)
        {
            throw new StoreUnavailableException($"{Cause(exception, settings)} at {location}.{Advice(exception, settings)}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        await _leases.DisposeAsync();
        if (_replicas is not null)
            await _replicas.DisposeAsync();
    }

    /// <summary>Waits until a replica has what the partition's master has now; on a connection of its own, because it holds up what is behind it.</summary>
    /// <returns>The commit up to which a replica has everything; 0 = none has.</returns>
    public async Task<long> ReplicatedAsync(Partition partition, TimeSpan atMost)
    {
        RedisKey key = partition["store"];
        var server = _replicas!.GetServer(key, null, CommandFlags.DemandMaster);
        // One behind the other on one connection: a server waits for what it had done when it answered the last command. Never at another server than the one that is to wait.
        var reading = server.ExecuteAsync("HGET", [key, "commits"], CommandFlags.DemandMaster | CommandFlags.NoRedirect);
        var waiting = server.ExecuteAsync("WAIT", [1, (long)atMost.TotalMilliseconds], CommandFlags.DemandMaster | CommandFlags.NoRedirect);
        var (commits, replicas) = (await reading, await waiting);
        return (long)replicas > 0 && !commits.IsNull ? (long)commits : 0;
    }

    public static string Text(EndPoint? endpoint) => endpoint switch
    {
        DnsEndPoint name => string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}"),
        _ => endpoint?.ToString() ?? "?",
    };

    private List<IServer> Connected(Func<IServer, bool> which) => _work.GetServers().Where(server => server.IsConnected && which(server)).ToList() is { Count: > 0 } servers
        ? servers
        : throw new StoreUnavailableException($"The Redis server at {Location} is not reachable.");

    private async Task<string> TopologyAsync(RedisSettings settings)
    {
        var master = Masters[0];
        if (settings.Service is { } service)
        {
            var info = await ServerFacts.InfoAsync(master, "replication");
            return $", Sentinel service {service}, master {Text(master.EndPoint)} with {ServerFacts.Number(info, "connected_slaves")} replicas";
        }

        if (master.ClusterConfiguration is not { } cluster)
            return "";
        var nodes = cluster.Nodes.Where(node => !node.IsFail && !node.IsNoAddr).ToList();
        var slots = nodes.Where(node => !node.IsReplica).SelectMany(node => node.Slots).Sum(range => range.To - range.From + 1);
        return $", Cluster of {nodes.Count(node => !node.IsReplica && node.Slots.Count > 0)} masters and {nodes.Count(node => node.IsReplica)} replicas, {slots} of 16384 slots covered";
    }

    private static ConfigurationOptions Options(RedisSettings settings, string purpose)
    {
        var options = new ConfigurationOptions
        {
            ClientName = "ripieno-" + purpose,
            User = settings.User,
            Password = settings.Password?.Value,
            Ssl = settings.Tls,
            AbortOnConnectFail = true,
            ConnectTimeout = (int)settings.Timeout.TotalMilliseconds,
            ConnectRetry = 2,
            SyncTimeout = (int)settings.Timeout.TotalMilliseconds,
            AsyncTimeout = (int)settings.Timeout.TotalMilliseconds,
            // Time limits, and whether it is time to connect again, are looked at on the heartbeat.
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            // What cannot be sent now is refused now: the store repeats what may be repeated, and knows what was never sent.
            BacklogPolicy = BacklogPolicy.FailFast,
            // A connection that is lost is made again at once; this is for when that fails. An attempt that takes longer is given up, so it must not be too short for a distant server.
            ReconnectRetryPolicy = new ExponentialRetry(250, 2000),
            KeepAlive = 10,
            // The client's own keys for electing a master, and its channel about that: not needed, and a user may be forbidden to touch them.
            TieBreaker = "",
            ConfigurationChannel = "",
            AllowAdmin = true,
            ServiceName = settings.Service,
            // Not the servers' own: Sentinels that ask for no password refuse one.
            SentinelUser = settings.SentinelUser ?? "",
            SentinelPassword = settings.SentinelPassword?.Value ?? "",
            // How soon a server that was demoted or promoted without a word is noticed.
            ConfigCheckSeconds = 2,
        };
        foreach (var endpoint in settings.Endpoints)
            options.EndPoints.Add(endpoint);
        if (settings.CertificateAuthority is { } file)
        {
            options.SslClientAuthenticationOptions = host => new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(file) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        }

        return options;
    }

    private static string Cause(RedisException exception, RedisSettings settings) => exception switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } =>
            settings.Tls ? "The encrypted connection or the credentials were refused by the Redis server" : "The credentials were refused by the Redis server",
        _ when Says(exception, "NOAUTH") || Says(exception, "WRONGPASS") => "The credentials were refused by the Redis server",
        _ when settings.Service is { } service => $"No Sentinel names a master of service '{service}' that answers",
        _ => "There is no answer from a Redis server",
    };

    private static string Advice(RedisException exception, RedisSettings settings) =>
        exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || Says(exception, "NOAUTH") || Says(exception, "WRONGPASS")
            ? " Check user, password and TLS: RIPIENO_REDIS_USER, RIPIENO_REDIS_PASSWORD, or runtime.store in the configuration."
            : settings.Service is not null
            ? " Are they running, is the service called so in their configuration (sentinel monitor NAME), and do they ask for a password of their own (sentinelPasswordEnv)? Try: redis-cli -h HOST -p PORT sentinel masters"
            : " Is it running, and is the address right (--store redis:HOST:PORT)? Try: redis-cli -h HOST -p PORT ping";

    private static bool Says(Exception? exception, string text)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception.Message.Contains(text, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
