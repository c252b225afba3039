using System.Diagnostics;
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
    /// <summary>How often Sentinels are asked at most, and at least while there are calls.</summary>
    private static readonly TimeSpan AskedAtMost = TimeSpan.FromMilliseconds(200), AskedAtLeast = TimeSpan.FromSeconds(1);

    private readonly RedisSettings _settings;
    private readonly SentinelWatch? _watch;
    private readonly SemaphoreSlim _following = new(1);
    private readonly Queue<Connections> _former = [];
    private Connections _now;
    private long _asked;
    private bool _isCluster;

    private const string SentinelAdvice =
        " Are they running, is the service called so in their configuration (sentinel monitor NAME), and do they ask for a password of their own (sentinelPasswordEnv)? Try: redis-cli -h HOST -p PORT sentinel masters";

    static RedisConnection() =>
        // Answers are read by a thread of the connection's own: with the pool's, a burst of work can keep them waiting until they count as lost.
        ConnectionMultiplexer.SetFeatureFlag("DedicatedThreads", true);

    private RedisConnection(RedisSettings settings, SentinelWatch? watch, Connections now, string location)
    {
        (_settings, _watch, _now, Location) = (settings, watch, now, location);
        Work = new(() => _now.Work.GetDatabase());
        Leases = new(() => _now.Leases.GetDatabase());
    }

    /// <summary>Addresses, without credentials.</summary>
    public string Location { get; }

    public Line Work { get; }

    public Line Leases { get; }

    public ISubscriber Subscriber => _now.Leases.GetSubscriber();

    /// <summary>What calls go to now.</summary>
    public Connections Current => _now;

    /// <summary>Told when another server is the master: what was subscribed to is to be subscribed to there.</summary>
    public Func<Task> Switched { get; set; } = () => Task.CompletedTask;

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
        SentinelWatch? watch = null;
        try
        {
            Connections now;
            if (settings.Service is { } name)
            {
                watch = await SentinelWatch.ConnectAsync(SentinelOptions(settings), name);
                var master = await watch.MasterAsync() ?? throw new StoreUnavailableException($"No Sentinel names a master of service '{name}' at {location}.{SentinelAdvice}");
                now = await Connections.OpenAsync(purpose => Options(settings, purpose, [master]), settings, master);
            }
            else
            {
                now = await Connections.OpenAsync(purpose => Options(settings, purpose, settings.Endpoints), settings, null);
            }

            var connection = new RedisConnection(settings, watch, now, location);
            try
            {
                connection.Topology = await connection.TopologyAsync();
            }
            catch
            {
                await now.DisposeAsync();
                throw;
            }

            return connection;
        }
        catch (Exception exception)
        {
            if (watch is not null)
                await watch.DisposeAsync();
            if (exception is not RedisException redis)
                throw;
            throw new StoreUnavailableException($"{Cause(redis, settings)} at {location}.{Advice(redis, settings)}", redis);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A switch that is under way ends first, and none begins after it.
        await _following.WaitAsync();
        await _now.DisposeAsync();
        foreach (var former in _former)
            await former.DisposeAsync();
        if (_watch is not null)
            await _watch.DisposeAsync();
        _following.Release();
    }

    /// <summary>Looks now and then, beside the work, whether another server is the master by now.</summary>
    public void Glance()
    {
        if (_watch is not null && Stopwatch.GetElapsedTime(Interlocked.Read(ref _asked)) > AskedAtLeast)
            _ = FollowAsync(_now, surely: false);
    }

    /// <summary>After something went wrong: asks the Sentinels, if there are any, and turns to the master that they name.</summary>
    /// <param name="used">What it went wrong on.</param>
    /// <param name="surely">Asks however lately they were asked: much depends on it.</param>
    /// <returns>Whether it is another one than <paramref name="used"/>.</returns>
    public async Task<bool> FollowAsync(Connections used, bool surely)
    {
        if (_watch is null)
        {
            if (_isCluster && !surely && Stopwatch.GetElapsedTime(Interlocked.Read(ref _asked)) > AskedAtLeast)
                _ = LookAgainAsync();
            return false;
        }

        if (surely)
            await _following.WaitAsync();
        else if (Stopwatch.GetElapsedTime(Interlocked.Read(ref _asked)) < AskedAtMost || !await _following.WaitAsync(0))
            return !ReferenceEquals(used, _now);
        try
        {
            Interlocked.Exchange(ref _asked, Stopwatch.GetTimestamp());
            if (await _watch.MasterAsync() is not { } master || Equals(master, _now.Master))
                return !ReferenceEquals(used, _now);
            var next = await Connections.OpenAsync(purpose => Options(_settings, purpose, [master]), _settings, master);
            if (next.Work.GetServer(master).IsReplica)
            {
                // Named, and not told of it yet.
                await next.DisposeAsync();
                return false;
            }

            // What is on its way ends on the former one by itself; those before it have nothing on their way any more.
            _former.Enqueue(_now);
            _now = next;
            if (_former.Count > 1)
                await _former.Dequeue().DisposeAsync();
            await Switched();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            // Not there yet, or not any more: whoever needs it asks again.
            return false;
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>Has the client ask the Cluster's nodes who is the master of what: by itself it learns that from a node which redirects it, and a dead one does not.</summary>
    private async Task LookAgainAsync()
    {
        Interlocked.Exchange(ref _asked, Stopwatch.GetTimestamp());
        try
        {
            await Task.WhenAll(_now.Work.ConfigureAsync(), _now.Leases.ConfigureAsync(), _now.Replicas?.ConfigureAsync() ?? Task.CompletedTask);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            // The next call that fails has it asked again.
        }
    }

    /// <summary>Waits until a replica has what the partition's master has now; on a connection of its own, because it holds up what is behind it.</summary>
    /// <returns>The commit up to which a replica has everything; 0 = none has.</returns>
    public async Task<long> ReplicatedAsync(Partition partition, TimeSpan atMost)
    {
        RedisKey key = partition["store"];
        var server = _now.Replicas!.GetServer(key, null, CommandFlags.DemandMaster);
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

    private List<IServer> Connected(Func<IServer, bool> which) => _now.Work.GetServers().Where(server => server.IsConnected && which(server)).ToList() is { Count: > 0 } servers
        ? servers
        : throw new StoreUnavailableException($"The Redis server at {Location} is not reachable.");

    private async Task<string> TopologyAsync()
    {
        var master = Masters[0];
        if (_settings.Service is { } service)
        {
            var info = await ServerFacts.InfoAsync(master, "replication");
            return $", Sentinel service {service}, master {Text(master.EndPoint)} with {ServerFacts.Number(info, "connected_slaves")} replicas";
        }

        if (master.ClusterConfiguration is not { } cluster)
            return "";
        _isCluster = true;
        var nodes = cluster.Nodes.Where(node => !node.IsFail && !node.IsNoAddr).ToList();
        var slots = nodes.Where(node => !node.IsReplica).SelectMany(node => node.Slots).Sum(range => range.To - range.From + 1);
        return $", Cluster of {nodes.Count(node => !node.IsReplica && node.Slots.Count > 0)} masters and {nodes.Count(node => node.IsReplica)} replicas, {slots} of 16384 slots covered";
    }

    private static ConfigurationOptions SentinelOptions(RedisSettings settings)
    {
        var options = Options(settings, "sentinels", settings.Endpoints);
        // Not the servers' own: Sentinels that ask for no password refuse one.
        (options.User, options.Password) = (settings.SentinelUser, settings.SentinelPassword?.Value);
        return options;
    }

    private static ConfigurationOptions Options(RedisSettings settings, string purpose, IEnumerable<object> endpoints)
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
            // How soon a server that was demoted or promoted without a word is noticed.
            ConfigCheckSeconds = 2,
        };
        foreach (var endpoint in endpoints)
        {
            if (endpoint is EndPoint known)
                options.EndPoints.Add(known);
            else
                options.EndPoints.Add((string)endpoint);
        }

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
        _ when IsRefused(exception) => "The credentials were refused by the Redis server",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } =>
            settings.Tls ? "No encrypted connection can be made to the Redis server" : "The credentials were refused by the Redis server",
        _ when settings.Service is { } service => $"No Sentinel names a master of service '{service}' that answers",
        _ => "There is no answer from a Redis server",
    };

    private static string Advice(RedisException exception, RedisSettings settings) =>
        settings.Tls && !IsRefused(exception) && exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
            ? " Does that port speak TLS (tls-port in redis.conf), and does the authority in runtime.store vouch for its certificate? Without TLS: --store redis:HOST:PORT"
            : exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || IsRefused(exception)
            ? " Check user, password and TLS: RIPIENO_REDIS_USER, RIPIENO_REDIS_PASSWORD, or runtime.store in the configuration."
            : settings.Service is not null
            ? SentinelAdvice
            : " Is it running, and is the address right (--store redis:HOST:PORT)? Try: redis-cli -h HOST -p PORT ping";

    private static bool IsRefused(Exception exception) => Says(exception, "NOAUTH") || Says(exception, "WRONGPASS");

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
