using System.Globalization;
using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>What a server says about itself, as far as a store depends on it.</summary>
internal sealed record ServerFacts
{
    private static readonly Version Oldest = new(7, 0);

    public required string Version { get; init; }

    public required bool IsCluster { get; init; }

    /// <summary>Another server takes over when it is gone, without what it had not been sent: a Cluster, or watched by Sentinels.</summary>
    public bool MayBeTakenOver { get; init; }

    /// <summary>An append-only file is written.</summary>
    public required bool AppendOnly { get; init; }

    /// <summary>How often it is flushed: <c>always</c>, <c>everysec</c>, <c>no</c>; null = the server does not say, and neither does the configuration.</summary>
    public required string? AppendFsync { get; init; }

    /// <summary>What it does when memory is full.</summary>
    public required string EvictionPolicy { get; init; }

    /// <summary>How much younger the store may come back after a kill of the server.</summary>
    public TimeSpan LossAccepted => (AppendOnly, AppendFsync, MayBeTakenOver) switch
    {
        (true, "always", false) => TimeSpan.Zero,
        // 2 s by the server's own account, and as much again for a disk that is slower than that.
        (true, "everysec", false) => TimeSpan.FromSeconds(5),
        // A master that is cut off takes writes until it notices: 15 s in a Cluster (cluster-node-timeout), 10 s with min-replicas-max-lag.
        (true, "always" or "everysec", true) => TimeSpan.FromSeconds(30),
        _ => TimeSpan.MaxValue,
    };

    /// <summary>What survives what, for people.</summary>
    public string Durability => (AppendOnly, AppendFsync) switch
    {
        (true, "always") => "An acknowledged commit survives kills and power cuts of the server (appendonly, appendfsync always).",
        (true, "everysec") => "A kill or power cut of the server can take up to 2 s of acknowledged commits (appendonly, appendfsync everysec).",
        (true, _) => "A kill of the server can take up to 30 s of acknowledged commits (appendonly, appendfsync no).",
        _ => "A restart of the server can take everything since its last snapshot (appendonly off).",
    };

    /// <summary>The same with what a takeover can cost.</summary>
    public string DurabilityWith(Acknowledgement acknowledge) => (MayBeTakenOver, acknowledge) switch
    {
        (false, _) => Durability,
        (true, Acknowledgement.Replica) => $"{Durability} Nothing is acknowledged before a replica has it, so a takeover loses nothing.",
        _ => $"{Durability} A replica that takes over lacks what it had not been sent, as a rule the last milliseconds.",
    };

    /// <summary>Every server that can be reached, replicas too: any of them may be the master in a minute.</summary>
    public static async Task<IReadOnlyList<(string Location, ServerFacts Facts)>> ReadAsync(RedisConnection connection, RedisSettings settings)
    {
        var servers = connection.Servers;
        return await Task.WhenAll(servers.Select(async server =>
        {
            var info = await InfoAsync(server);
            var isCluster = info.GetValueOrDefault("redis_mode") == "cluster";
            var facts = new ServerFacts
            {
                Version = info.GetValueOrDefault("redis_version", "0.0"),
                IsCluster = isCluster,
                MayBeTakenOver = isCluster || settings.Service is not null,
                AppendOnly = info.GetValueOrDefault("aof_enabled") == "1",
                AppendFsync = await ConfigAsync(server, "appendfsync") ?? settings.AppendFsync,
                EvictionPolicy = info.GetValueOrDefault("maxmemory_policy", "noeviction"),
            };
            return (servers.Count == 1 ? connection.Location : RedisConnection.Text(server.EndPoint), facts);
        }));
    }

    /// <summary>What can be relied on whichever of the servers it is.</summary>
    public static ServerFacts Weakest(IEnumerable<ServerFacts> facts)
    {
        var all = facts.ToList();
        return all[0] with
        {
            Version = all.Select(one => one.Version).MinBy(text => System.Version.TryParse(text, out var version) ? version : new())!,
            AppendOnly = all.TrueForAll(one => one.AppendOnly),
            AppendFsync = new[] { null, "no", "everysec", "always" }.First(weaker => all.Exists(one => one.AppendFsync == weaker) || weaker == "always"),
        };
    }

    /// <summary>Bytes in use, and how many are allowed (0 = as many as the machine has), of the master that is fullest.</summary>
    public static async Task<(long Used, long Limit)> MemoryAsync(RedisConnection connection)
    {
        var all = await Task.WhenAll(connection.Masters.Select(async server =>
        {
            var info = await InfoAsync(server, "memory");
            return (Used: Number(info, "used_memory"), Limit: Number(info, "maxmemory"));
        }));
        return all.MaxBy(memory => memory.Limit == 0 ? 0 : (double)memory.Used / memory.Limit);
    }

    public static async Task<Dictionary<string, string>> InfoAsync(IServer server, string? section = null)
    {
        var sections = await server.InfoAsync(section is null ? default : (RedisValue)section);
        return sections.SelectMany(group => group).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    public static long Number(Dictionary<string, string> info, string name) =>
        long.TryParse(info.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <exception cref="StoreUnavailableException">The server is too old, or would lose what it has acknowledged.</exception>
    public void Refuse(RedisSettings settings, string location)
    {
        if (!System.Version.TryParse(Version, out var version) || version < Oldest)
            throw new StoreUnavailableException($"The Redis server at {location} is version {Version}; {Oldest} or newer is needed.");
        if (settings.AllowDataLoss)
            return;
        const string Anyway = " To use it all the same: \"allowDataLoss\": true in runtime.store.";
        if (!AppendOnly)
            throw new StoreUnavailableException($"The Redis server at {location} keeps no append-only file: a restart would lose accepted runs. Set 'appendonly yes' in redis.conf (now: redis-cli CONFIG SET appendonly yes).{Anyway}");
        if (AppendFsync is null)
        {
            throw new StoreUnavailableException(
                $"The Redis server at {location} does not tell how often it flushes its append-only file (CONFIG is forbidden). State it in runtime.store: \"appendFsync\": \"always\" or \"everysec\".");
        }

        if (AppendFsync == "no")
            throw new StoreUnavailableException($"The Redis server at {location} leaves flushing to the operating system (appendfsync no): a power cut would lose accepted runs. Set 'appendfsync everysec' or 'always'.{Anyway}");
        // volatile-* evicts keys that have a time to live; only notes about operations have one here, which are kept for a repeat within a day.
        if (EvictionPolicy.StartsWith("allkeys", StringComparison.Ordinal))
            throw new StoreUnavailableException($"The Redis server at {location} throws keys away when its memory is full (maxmemory-policy {EvictionPolicy}): runs would vanish. Set 'maxmemory-policy noeviction'.{Anyway}");
    }

    private static async Task<string?> ConfigAsync(IServer server, string name)
    {
        try
        {
            return (await server.ConfigGetAsync(name)) is [var pair, ..] ? pair.Value : null;
        }
        catch (RedisException)
        {
            return null;
        }
    }
}
