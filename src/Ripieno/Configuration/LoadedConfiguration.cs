using System.Collections.Immutable;
using Ripieno.Callbacks;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>A checked configuration and where it comes from.</summary>
/// <param name="Options">Valid options.</param>
/// <param name="ProjectFolder">Absolute folder that relative paths in the options start from.</param>
/// <param name="File">The config file as the user knows it; null = built-in defaults.</param>
/// <param name="Origins">Where each value comes from.</param>
/// <param name="Endpoints">The endpoints of all providers in use, keys read.</param>
internal sealed record LoadedConfiguration(
    RipienoOptions Options, string ProjectFolder, string? File, ConfigurationOrigins Origins, ImmutableArray<Endpoint> Endpoints)
{
    /// <summary>Absolute paths of the file and of those that it extends, in this order.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>How the Redis store is reached; null for another kind of store.</summary>
    public RedisTarget? Redis { get; init; }

    /// <summary>Callbacks that this instance can carry out, secrets read.</summary>
    public CallbackTargets Callbacks { get; init; } = CallbackTargets.None;

    /// <summary>Where the store is: the file, or the address without user and password.</summary>
    public string StoreLocation => Redis?.Location ?? Absolute(Options.Runtime.Store.Path);

    /// <summary>Steps that this instance executes at once.</summary>
    public int Slots => EffectiveEndpoints.Slots(Options);

    /// <summary>A path of the options, made absolute.</summary>
    public string Absolute(string path) => Path.GetFullPath(path, ProjectFolder);
}
