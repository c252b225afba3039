using System.Collections.Immutable;
using System.Net;
using Ripieno.Diagnostics;

namespace Ripieno.Server;

/// <summary>What a server of an instance listens on and shows.</summary>
internal sealed record InstanceServerOptions
{
    /// <summary>Where it listens; port 0 = any free one.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Id of the instance: label <c>ripieno_instance</c> of every sample.</summary>
    public required string Instance { get; init; }

    /// <summary>Names that callers may know it by besides those of <see cref="AllowedHosts"/>.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Meters whose instruments are shown; <c>*</c> stands for any characters.</summary>
    public ImmutableArray<string> Meters { get; init; } = [RipienoMeter.Name, "System.Runtime"];
}
