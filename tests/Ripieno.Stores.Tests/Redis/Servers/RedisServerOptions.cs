namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>What differs from a plain server that keeps an append-only file.</summary>
internal sealed record RedisServerOptions
{
    /// <summary>No append-only file: what a restart leaves is nothing.</summary>
    public bool AppendOnly { get; init; } = true;

    /// <summary><c>always</c>, <c>everysec</c> or <c>no</c>. Not <c>always</c> at first, because most tests only want the speed.</summary>
    public string AppendFsync { get; init; } = "everysec";

    /// <summary>Of the default user; null = none is asked for.</summary>
    public string? Password { get; init; }

    /// <summary>PEM file of a certificate: the server listens at <see cref="RedisServer.TlsEndpoint"/> as well. Needs <see cref="CertificateKey"/>.</summary>
    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    /// <summary>It is a node of a Cluster, which other nodes reach at <see cref="RedisServer.BusPort"/>.</summary>
    public bool HasBus { get; init; }

    /// <summary>It only watches others, by a configuration that it writes into itself; null = it holds data.</summary>
    public string? SentinelConfiguration { get; init; }

    /// <summary>Size of a disk in memory that the server has for itself, such as <c>8m</c>: only it sees it, and with it it is gone. Needs root. Null = the machine's.</summary>
    public string? Disk { get; init; }

    /// <summary>Appended to the command line, such as <c>--maxmemory</c>, <c>20mb</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
