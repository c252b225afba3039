using System.Globalization;
using Ripieno.Redis;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A store of its own, under a prefix of its own, on the server that all tests of the process share.</summary>
public class RedisFixture : StoreFixture
{
    private readonly List<RedisStore> _stores = [];
    private int _writes;
    private int _killAt = int.MaxValue;

    internal string Prefix { get; } = "test-" + Guid.NewGuid().ToString("n");

    /// <summary>Null = what a store on one server has.</summary>
    internal int? Partitions { get; init; }

    internal override bool FollowsUp => true;

    internal override async Task<IStore> OpenAsync(int? batch)
    {
        var settings = new RedisSettings { Endpoints = await EndpointsAsync(), KeyPrefix = Prefix, Partitions = Partitions, MaxQueued = MaxQueued };
        var probe = new RedisProbe { OwnClock = true, Batch = batch ?? RedisStore.Batch, BeforeScript = BeforeScriptAsync };
        var store = await RedisStore.OpenAsync(settings, Time, probe, CancellationToken.None);
        _stores.Add(store);
        return store;
    }

    /// <summary>A write here is a script: its own writes happen together or not at all, so there is nothing to die between.</summary>
    internal override Task KillAtWriteAsync(int write)
    {
        _writes = 0;
        Volatile.Write(ref _killAt, write);
        return Task.CompletedTask;
    }

    internal override int WritesFor(int steps) => steps / RedisStore.Batch;

    internal override async Task BuryAsync()
    {
        await CloseAsync();
        Volatile.Write(ref _killAt, int.MaxValue);
    }

    internal override bool DeletesWhole => true;

    internal override async Task RaiseSchemaVersionAsync()
    {
        foreach (var (server, key) in await StoreKeysAsync())
            await server.CallAsync("HSET", key, "schema", "99");
    }

    internal override async Task<long> CommitsAsync()
    {
        var commits = 0L;
        foreach (var (server, key) in await StoreKeysAsync())
            commits += long.Parse((string?)await server.CallAsync("HGET", key, "commits") ?? "0", CultureInfo.InvariantCulture);
        return commits;
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CloseAsync();
        foreach (var server in await MastersAsync())
        {
            var cursor = "0";
            do
            {
                var page = (object?[])(await server.CallAsync("SCAN", cursor, "MATCH", $"{{{Prefix}:*", "COUNT", "10000"))!;
                cursor = (string)page[0]!;
                // Of one partition at a time: of a Cluster's server they may lie in several slots.
                foreach (var keys in ((object?[])page[1]!).Cast<string>().GroupBy(key => key.Split('}')[0], StringComparer.Ordinal))
                    await server.CallAsync(["UNLINK", .. keys]);
            }
            while (cursor != "0");
        }

        await base.DisposeAsync();
    }

    private protected virtual async Task<IReadOnlyList<string>> EndpointsAsync() => [(await RedisServer.SharedAsync()).Endpoint];

    /// <summary>Every server that has data of the store.</summary>
    private protected virtual async Task<IReadOnlyList<RedisServer>> MastersAsync() => [await RedisServer.SharedAsync()];

    /// <summary>Before each call of a script by any store of this fixture.</summary>
    private protected virtual Task BeforeScriptAsync(string script, bool writes) => writes && Interlocked.Increment(ref _writes) >= Volatile.Read(ref _killAt)
        ? throw new KilledException(script)
        : Task.CompletedTask;

    private async Task CloseAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        _stores.Clear();
    }

    /// <summary>Of each partition the key that says what the store is.</summary>
    private async Task<List<(RedisServer Server, string Key)>> StoreKeysAsync()
    {
        var keys = new List<(RedisServer, string)>();
        foreach (var server in await MastersAsync())
        {
            var cursor = "0";
            do
            {
                var page = (object?[])(await server.CallAsync("SCAN", cursor, "MATCH", $"{{{Prefix}:*}}:store", "COUNT", "10000"))!;
                cursor = (string)page[0]!;
                keys.AddRange(((object?[])page[1]!).Select(key => (server, (string)key!)));
            }
            while (cursor != "0");
        }

        return keys;
    }

    /// <summary>What the test throws where the process would have died: no error that the store could know.</summary>
    internal sealed class KilledException(string script) : Exception($"Killed before '{script}'.");
}
