using System.Globalization;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>A real Cluster on this machine: masters with a third of the slots each, and a replica for each of them, all servers of the tests' own.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Masters = 3;

    private const int Slots = 16384;

    private static readonly Lazy<Task<RedisCluster>> Shared = new(() => StartAsync(SharedNodeTimeout));

    /// <summary>So long that a busy machine makes nobody take over.</summary>
    private static readonly TimeSpan SharedNodeTimeout = TimeSpan.FromMinutes(2);

    private RedisCluster(IReadOnlyList<RedisServer> nodes)
    {
        Nodes = nodes;
    }

    /// <summary>All servers; the first three began as masters.</summary>
    public IReadOnlyList<RedisServer> Nodes { get; }

    /// <summary>All addresses, with commas.</summary>
    public string Endpoints => string.Join(',', Nodes.Select(node => node.Endpoint));

    /// <summary>One for the whole process, in which nothing fails.</summary>
    public static Task<RedisCluster> SharedAsync() => Shared.Value;

    /// <param name="nodeTimeout">How long a node may be silent before it counts as gone.</param>
    /// <param name="options">Of each server; null = a plain one. With a certificate, as the tests' own commands go unencrypted, it listens at both ports and tells others of the encrypted one.</param>
    public static async Task<RedisCluster> StartAsync(TimeSpan nodeTimeout, RedisServerOptions? options = null)
    {
        options ??= new();
        options = options with
        {
            HasBus = true,
            Arguments =
            [
                "--cluster-enabled", "yes", "--cluster-node-timeout", nodeTimeout.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), "--repl-diskless-sync-delay", "0",
                .. options.Arguments,
            ],
        };
        var nodes = await Task.WhenAll(Enumerable.Range(0, Masters * 2).Select(_ => RedisServer.StartAsync(options)));
        var cluster = new RedisCluster(nodes);
        for (var i = 0; i < Masters; i++)
            await nodes[i].CallAsync("CLUSTER", "ADDSLOTSRANGE", Number(Slots * i / Masters), Number((Slots * (i + 1) / Masters) - 1));
        for (var i = 0; i < nodes.Length; i++)
            await nodes[i].CallAsync("CLUSTER", "SET-CONFIG-EPOCH", Number(i + 1));
        var looks = 0;
        await UntilAsync("all nodes know each other", async () =>
        {
            // Now and then again: on a busy machine a greeting runs out of time.
            foreach (var node in looks++ % 100 == 0 ? nodes.Skip(1) : [])
                await node.CallAsync("CLUSTER", "MEET", nodes[0].Host, Number(options.Certificate is null ? nodes[0].Port : nodes[0].TlsPort), Number(nodes[0].BusPort));
            foreach (var node in nodes)
            {
                var known = await cluster.LinesAsync(node);
                if (known.Count != nodes.Length || known.Any(line => line.Contains("handshake", StringComparison.Ordinal)))
                    return false;
            }

            return true;
        });
        for (var i = 0; i < Masters; i++)
            await nodes[Masters + i].CallAsync("CLUSTER", "REPLICATE", await IdAsync(nodes[i]));
        await cluster.HealthyAsync();
        return cluster;
    }

    /// <summary>Waits until every slot is served, and every master has a replica that has everything.</summary>
    public Task HealthyAsync() => UntilAsync("the Cluster is whole", async () =>
    {
        var masters = 0;
        foreach (var node in Nodes)
        {
            if (node.HasExited || !((string)(await node.CallAsync("CLUSTER", "INFO"))!).Contains("cluster_state:ok", StringComparison.Ordinal))
                return false;
            var replication = (string)(await node.CallAsync("INFO", "replication"))!;
            if (replication.Contains("role:slave", StringComparison.Ordinal) && !replication.Contains("master_link_status:up", StringComparison.Ordinal))
                return false;
            if (replication.Contains("role:master", StringComparison.Ordinal) && ++masters > 0 && !replication.Contains("state=online", StringComparison.Ordinal))
                return false;
        }

        return masters == Masters;
    });

    /// <summary>The master that serves a key, as it says itself.</summary>
    public async Task<RedisServer> MasterOfAsync(string key) => await MasterOfSlotAsync(await SlotAsync(key));

    public async Task<int> SlotAsync(string key) => (int)(long)(await Living().CallAsync("CLUSTER", "KEYSLOT", key))!;

    public async Task<RedisServer> MasterOfSlotAsync(int slot)
    {
        RedisServer? found = null;
        await UntilAsync($"slot {slot} has a master", async () =>
        {
            foreach (var node in Nodes.Where(node => !node.HasExited))
            {
                foreach (var fields in (await LinesAsync(node)).Select(line => line.Split(' ')))
                {
                    if (!fields[2].Contains("myself,master", StringComparison.Ordinal) || !fields.Skip(8).Any(range => Has(range, slot)))
                        continue;
                    found = node;
                    return true;
                }
            }

            return false;
        });
        return found!;
    }

    /// <summary>The replica of a master, as it says itself: others may hear of it later.</summary>
    public async Task<RedisServer> ReplicaOfAsync(RedisServer master)
    {
        var id = await IdAsync(master);
        foreach (var node in Nodes.Where(node => node != master && !node.HasExited))
        {
            if ((await LinesAsync(node)).Exists(line => line.Contains("myself,slave " + id, StringComparison.Ordinal)))
                return node;
        }

        throw new InvalidOperationException($"{master.Endpoint} has no replica.");
    }

    /// <summary>Waits until every node has heard of every replica that it is one.</summary>
    public Task AgreedAsync() => UntilAsync("all nodes agree", async () =>
    {
        foreach (var node in Nodes)
        {
            if ((await LinesAsync(node)).Count(line => line.Contains("slave ", StringComparison.Ordinal) && !line.Contains("fail", StringComparison.Ordinal)) != Nodes.Count - Masters)
                return false;
        }

        return true;
    });

    /// <summary>Moves a slot with everything in it to another master, as <c>redis-cli --cluster reshard</c> does.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="to">Where.</param>
    /// <param name="between">Between each two keys.</param>
    /// <returns>Keys that were moved.</returns>
    public async Task<int> MoveSlotAsync(int slot, RedisServer to, Func<Task> between)
    {
        var from = await MasterOfSlotAsync(slot);
        var (fromId, toId) = (await IdAsync(from), await IdAsync(to));
        await to.CallAsync("CLUSTER", "SETSLOT", Number(slot), "IMPORTING", fromId);
        await from.CallAsync("CLUSTER", "SETSLOT", Number(slot), "MIGRATING", toId);
        var moved = 0;
        while (await from.CallAsync("CLUSTER", "GETKEYSINSLOT", Number(slot), "1") is object?[] { Length: > 0 } keys)
        {
            // No key when another has deleted it meanwhile.
            if ((string?)await from.CallAsync("MIGRATE", to.Host, Number(to.Port), (string)keys[0]!, "0", "5000") == "OK")
                moved++;
            await between();
        }

        // The new owner first: the old one would answer that nobody serves it.
        await to.CallAsync("CLUSTER", "SETSLOT", Number(slot), "NODE", toId);
        await from.CallAsync("CLUSTER", "SETSLOT", Number(slot), "NODE", toId);
        return moved;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
    }

    private RedisServer Living() => Nodes.First(node => !node.HasExited);

    private async Task<List<string>> LinesAsync(RedisServer node) => [.. ((string)(await node.CallAsync("CLUSTER", "NODES"))!).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static async Task<string> IdAsync(RedisServer node) => (string)(await node.CallAsync("CLUSTER", "MYID"))!;

    private static bool Has(string range, int slot)
    {
        if (range.StartsWith('['))
            return false;
        var bounds = range.Split('-');
        return int.Parse(bounds[0], CultureInfo.InvariantCulture) <= slot && slot <= int.Parse(bounds[^1], CultureInfo.InvariantCulture);
    }

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

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
