using System.Globalization;
using System.Net;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Networks;

/// <summary>
/// A small network: some leaves, each a machine of its own, a router, and behind it what they all need. The router loses packets of one leaf in one direction or both, silently, as a broken switch does: it has a route that
/// swallows what is sent to the leaf, or to the address that only this leaf knows the services by.
/// </summary>
internal sealed class CuttableNetwork : IAsyncDisposable
{
    private readonly NetworkNamespace _router;
    private readonly NetworkNamespace _services;
    private readonly List<NetworkNamespace> _leaves = [];
    private readonly List<Gate> _gates = [];

    private CuttableNetwork(NetworkNamespace router, NetworkNamespace services) => (_router, _services) = (router, services);

    public static async Task<CuttableNetwork> BuildAsync(int leaves)
    {
        var network = new CuttableNetwork(await NetworkNamespace.MakeAsync(), await NetworkNamespace.MakeAsync());
        try
        {
            NetworkNamespace.Connect(network._services, "services", network._router, "inside");
            network._services.Do("ip addr add 10.213.0.2/24 dev services; ip link set services up; ip route add default via 10.213.0.1");
            network._router.Do("ip addr add 10.213.0.1/24 dev inside; ip link set inside up; echo 1 > /proc/sys/net/ipv4/ip_forward");
            for (var leaf = 0; leaf < leaves; leaf++)
                await network.AddLeafAsync(leaf);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a leaf finds the services.</summary>
    public static string ServicesOf(int leaf) => string.Create(CultureInfo.InvariantCulture, $"10.213.0.{100 + leaf}");

    /// <summary>Puts what follows on a leaf.</summary>
    public Launcher Launcher(Workspace workspace, int leaf) => new("nsenter", "-n", "-t", _leaves[leaf].Pid) { PidFile = workspace.In($"leaf-{leaf.ToString(CultureInfo.InvariantCulture)}.pid") };

    /// <summary>Makes a service of this process's loopback one of the network.</summary>
    /// <returns>Its port there.</returns>
    public int Offer(int port)
    {
        var gate = new Gate(_services.Listen(), port);
        _gates.Add(gate);
        return gate.Port;
    }

    public void Cut(int leaf, CutDirection direction) => Route("add", leaf, direction);

    public void Mend(int leaf, CutDirection direction) => Route("del", leaf, direction);

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates)
            await gate.DisposeAsync();
        foreach (var network in _leaves.Append(_router).Append(_services))
            network.Dispose();
    }

    private async Task AddLeafAsync(int leaf)
    {
        var network = await NetworkNamespace.MakeAsync();
        _leaves.Add(network);
        NetworkNamespace.Connect(network, "leaf", _router, $"to{leaf}");
        network.Do($"ip link set lo up; ip addr add {AddressOf(leaf)}/24 dev leaf; ip link set leaf up; ip route add default via 10.213.{leaf + 1}.1");
        _router.Do($"ip addr add 10.213.{leaf + 1}.1/24 dev to{leaf}; ip link set to{leaf} up");
        _services.Do($"ip addr add {ServicesOf(leaf)}/24 dev services");
    }

    private void Route(string what, int leaf, CutDirection direction)
    {
        if (direction.HasFlag(CutDirection.Requests))
            _router.Do($"ip route {what} blackhole {ServicesOf(leaf)}/32");
        if (direction.HasFlag(CutDirection.Answers))
            _router.Do($"ip route {what} blackhole {AddressOf(leaf)}/32");
    }

    private static IPAddress AddressOf(int leaf) => new([10, 213, (byte)(leaf + 1), 2]);
}
