using System.Collections.Immutable;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>How this instance reaches its Redis: variables and files are read already.</summary>
/// <param name="Endpoints">Each <c>host:port</c>: of the servers, or of the Sentinels that watch them.</param>
/// <param name="Tls">Encrypted.</param>
/// <param name="User">ACL user; null = the default user.</param>
/// <param name="Password">Password; null = none.</param>
/// <param name="CertificateAuthority">Absolute path of a PEM file; null = the authorities that the machine trusts.</param>
internal sealed record RedisTarget(ImmutableArray<string> Endpoints, bool Tls, string? User, Secret? Password, string? CertificateAuthority)
{
    /// <summary>The name under which the Sentinels know the servers; null = there are none.</summary>
    public string? Service { get; init; }

    /// <summary>ACL user of the Sentinels; null = the default user.</summary>
    public string? SentinelUser { get; init; }

    /// <summary>Password of the Sentinels, which is not that of the servers; null = none.</summary>
    public Secret? SentinelPassword { get; init; }

    /// <summary>Where it is, as <c>--store</c> takes it, without user and password.</summary>
    public string Location => $"{(Tls ? "rediss" : "redis")}{(Service is null ? "" : "+sentinel")}:{string.Join(',', Endpoints)}{(Service is null ? "" : "/" + Service)}";
}
