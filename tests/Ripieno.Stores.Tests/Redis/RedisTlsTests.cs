using System.Globalization;
using Ripieno.Redis;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Several servers that are reached encrypted: each tells of the others, and must tell of them as they are reached that way.</summary>
[Trait("Promise", "I17")]
public sealed class RedisTlsTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_Cluster_is_used_by_encrypted_connections_alone()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Issue("node", "127.0.0.1");
        await using var cluster = await RedisCluster.StartAsync(TimeSpan.FromMinutes(2), new()
        {
            Certificate = certificate,
            CertificateKey = key,
            Arguments = ["--tls-cluster", "yes", "--tls-replication", "yes", "--tls-ca-cert-file", folder.Authority],
        });

        // One address: the others are found by what it says.
        await WorkAsync(new() { Endpoints = [cluster.Nodes[0].TlsEndpoint], Tls = true, CertificateAuthority = folder.Authority }, cluster.Nodes);
    }

    [Fact]
    public async Task A_service_of_Sentinels_is_used_by_encrypted_connections_alone_also_after_a_takeover()
    {
        using var folder = new CertificateFolder();
        await using var pair = await RedisSentinels.StartAsync(TimeSpan.FromSeconds(1), certificates: folder);
        var settings = new RedisSettings { Endpoints = pair.Endpoints, Service = RedisSentinels.Service, Tls = true, CertificateAuthority = folder.Authority, Patience = TimeSpan.FromMinutes(1) };
        await WorkAsync(settings, pair.Servers);

        await using var store = await RedisStore.OpenAsync(settings, TimeProvider.System, None);
        await store.SubmitAsync(Samples.Run("before"), None);
        var master = await pair.MasterAsync();
        await master.KillAsync();
        await store.SubmitAsync(Samples.Run("after"), None);

        Assert.NotEqual(master, await pair.MasterAsync());
        await AssertEncryptedAsync([await pair.MasterAsync()]);
    }

    private static async Task WorkAsync(RedisSettings settings, IReadOnlyList<RedisServer> servers)
    {
        await using var store = await RedisStore.OpenAsync(settings, TimeProvider.System, None);
        var instance = Samples.Instance("one");
        await store.RegisterInstanceAsync(instance, TimeSpan.FromHours(1), None);
        for (var run = 0; run < 30; run++)
            await store.SubmitAsync(Samples.Run($"r{run}"), None);
        var claimed = await store.ClaimAsync(
            new() { Incarnation = instance.Incarnation, Classes = [new(new("default", "work"), 100)], Count = 100, Lease = TimeSpan.FromHours(1) }, None);
        Assert.Equal(30, claimed.Count);
        foreach (var step in claimed)
            Assert.Equal(ReportOutcome.Recorded, await store.CompleteAsync(step.Lease, new(), None));
        await AssertEncryptedAsync(servers);
    }

    /// <summary>Our connections, as the servers see them: each has come in at the port for encrypted ones.</summary>
    private static async Task AssertEncryptedAsync(IEnumerable<RedisServer> servers)
    {
        var ours = 0;
        foreach (var server in servers)
        {
            // Not a connection from before: whoever takes over has closed it.
            using var wire = await RedisWire.ConnectAsync(server.Host, server.Port, null);
            foreach (var client in ((string)(await wire.CallAsync("CLIENT", "LIST"))!).Split('\n').Where(line => line.Contains(" name=ripieno-", StringComparison.Ordinal)))
            {
                ours++;
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" laddr={server.Host}:{server.TlsPort} "), client, StringComparison.Ordinal);
            }
        }

        Assert.NotEqual(0, ours);
    }
}
