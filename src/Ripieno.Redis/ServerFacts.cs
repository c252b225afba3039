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

    /// <summary>An append-only file is written.</summary>
    public required bool AppendOnly { get; init; }

    /// <summary>How often it is flushed: <c>always</c>, <c>everysec</c>, <c>no</c>; null = the server does not say, and neither does the configuration.</summary>
    public required string? AppendFsync { get; init; }

    /// <summary>What it does when memory is full.</summary>
    public required string EvictionPolicy { get; init; }

    /// <summary>How much younger the store may come back after a kill of the server.</summary>
    public TimeSpan LossAccepted => (AppendOnly, AppendFsync) switch
    {
        (true, "always") => TimeSpan.Zero,
        // 2 s by the server's own account, and as much again for a disk that is slower than that.
        (true, "everysec") => TimeSpan.FromSeconds(5),
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

    public static async Task<ServerFacts> ReadAsync(RedisConnection connection, RedisSettings settings)
    {
        var server = connection.Server;
        var info = await InfoAsync(server);
        return new()
        {
            Version = info.GetValueOrDefault("redis_version", "0.0"),
            IsCluster = info.GetValueOrDefault("redis_mode") == "cluster",
            AppendOnly = info.GetValueOrDefault("aof_enabled") == "1",
            AppendFsync = await ConfigAsync(server, "appendfsync") ?? settings.AppendFsync,
            EvictionPolicy = info.GetValueOrDefault("maxmemory_policy", "noeviction"),
        };
    }

    /// <summary>Bytes in use, and how many are allowed (0 = as many as the machine has).</summary>
    public static async Task<(long Used, long Limit)> MemoryAsync(RedisConnection connection)
    {
        var info = await InfoAsync(connection.Server, "memory");
        return (Number(info, "used_memory"), Number(info, "maxmemory"));
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
