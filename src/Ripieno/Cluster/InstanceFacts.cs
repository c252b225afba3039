using System.Security.Cryptography;
using System.Text;
using Ripieno.Configuration;

namespace Ripieno.Cluster;

/// <summary>What does not change about an instance while it lives.</summary>
/// <param name="Role">What it is there for.</param>
/// <param name="Configuration">What it works with.</param>
/// <param name="Runs">Patterns of the runs that it takes steps of; empty = of any.</param>
internal sealed record InstanceFacts(InstanceRole Role, ConfigurationMark Configuration, IReadOnlyList<string> Runs)
{
    public static InstanceFacts Of(InstanceRole role, LoadedConfiguration configuration, IReadOnlyList<string> runs) => new(
        role, new(configuration.File is { } file ? Path.GetFileName(file) : null, configuration.Options.Metadata.Version, HashOf(configuration)), runs);

    /// <summary>Of every value that applies. Names of variables, never what is in them.</summary>
    private static string HashOf(LoadedConfiguration configuration)
    {
        var text = string.Join('\n', EffectiveConfiguration.Values(configuration).Select(value => $"{value.Place}={value.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
    }
}
