using System.Collections.Immutable;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>How this instance reaches its Redis: variables and files are read already.</summary>
/// <param name="Endpoints">Each <c>host:port</c>.</param>
/// <param name="Tls">Encrypted.</param>
/// <param name="User">ACL user; null = the default user.</param>
/// <param name="Password">Password; null = none.</param>
/// <param name="CertificateAuthority">Absolute path of a PEM file; null = the authorities that the machine trusts.</param>
internal sealed record RedisTarget(ImmutableArray<string> Endpoints, bool Tls, string? User, Secret? Password, string? CertificateAuthority)
{
    /// <summary>Where it is, as <c>--store</c> takes it, without user and password.</summary>
    public string Location => $"{(Tls ? "rediss" : "redis")}:{string.Join(',', Endpoints)}";
}
