using Ripieno.Models;

namespace Ripieno.Redis;

/// <summary>Where a Redis store is and how to talk to it.</summary>
internal sealed record RedisSettings
{
    /// <summary><c>host:port</c>, one or, for a Cluster, several; with <see cref="Service"/> those of the Sentinels.</summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>The name under which Sentinels know the servers; null = <see cref="Endpoints"/> are the servers themselves.</summary>
    public string? Service { get; init; }

    /// <summary>ACL user of the Sentinels; null = the default user.</summary>
    public string? SentinelUser { get; init; }

    /// <summary>Password of the Sentinels; null = they ask for none.</summary>
    public Secret? SentinelPassword { get; init; }

    /// <summary>Name of the ACL user; null = the default user.</summary>
    public string? User { get; init; }

    public Secret? Password { get; init; }

    /// <summary>Encrypted; the server's certificate must be valid for the host's name.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file of the authority that signed the server's certificate; null = the machine's.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>First part of all keys, so that several stores may share a server.</summary>
    public string KeyPrefix { get; init; } = "ripieno";

    /// <summary>
    /// Into how many parts a new store is divided: each can be on another node of a Cluster, and each is served by one thread. 1 on one server: more would only divide what one
    /// thread does anyway. A store keeps the number that it was made with. Null = 1, or 16 on a Cluster.
    /// </summary>
    public int? Partitions { get; init; }

    /// <summary>Refuse, instead of making a store, when there is none: <see cref="Errors.NotFoundException"/>.</summary>
    public bool MustExist { get; init; }

    /// <summary>Use a server that may lose what was acknowledged: no append-only file, or keys evicted when memory is short.</summary>
    public bool AllowDataLoss { get; init; }

    /// <summary>
    /// What the operator states about a server that does not let its settings be read (<c>CONFIG</c> forbidden): <c>always</c> or <c>everysec</c>; null = ask the server.
    /// </summary>
    public string? AppendFsync { get; init; }

    /// <summary>Who must have a commit before it is acknowledged.</summary>
    public Acknowledgement Acknowledge { get; init; }

    /// <summary>Steps that may be open in the whole store before submissions are refused; null = no bound but memory.</summary>
    public long? MaxQueued { get; init; }

    /// <summary>Told, for people, of what has gone wrong although the store goes on.</summary>
    public Action<string> Warned { get; init; } = _ => { };

    /// <summary>How long one attempt of an operation may take before its outcome counts as unknown and it is repeated.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an operation is repeated before its caller is told.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}
