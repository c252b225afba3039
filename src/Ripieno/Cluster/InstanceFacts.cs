using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ripieno.Configuration;
using Ripieno.Models;

namespace Ripieno.Cluster;

/// <summary>What does not change about an instance while it lives.</summary>
/// <param name="Role">What it is there for.</param>
/// <param name="Configuration">What it works with.</param>
/// <param name="Limits">Limits that its configuration sets, by endpoint, in words.</param>
internal sealed record InstanceFacts(InstanceRole Role, ConfigurationMark Configuration, IReadOnlyDictionary<string, string> Limits)
{
    public static InstanceFacts Of(InstanceRole role, LoadedConfiguration configuration, IEnumerable<Endpoint> endpoints) => new(
        role, new(configuration.File is { } file ? Path.GetFileName(file) : null, configuration.Options.Metadata.Version, HashOf(configuration)), LimitsOf(endpoints));

    private static Dictionary<string, string> LimitsOf(IEnumerable<Endpoint> endpoints) => endpoints.Where(endpoint => endpoint.NeedsPermit)
        .GroupBy(endpoint => endpoint.LimitName, StringComparer.Ordinal)
        .ToDictionary(group => group.Key["endpoint/".Length..], group => Text(group.First()), StringComparer.Ordinal);

    private static string Text(Endpoint endpoint) => string.Join(", ", new[]
    {
        endpoint.Limit is { } calls ? string.Create(CultureInfo.InvariantCulture, $"limit {calls}") : null,
        endpoint.RequestsPerMinute is { } requests ? string.Create(CultureInfo.InvariantCulture, $"requestsPerMinute {requests}") : null,
        endpoint.TokensPerMinute is { } tokens ? string.Create(CultureInfo.InvariantCulture, $"tokensPerMinute {tokens}") : null,
    }.OfType<string>());

    /// <summary>Of every value that applies but the instance's own name. Names of variables, never what is in them.</summary>
    private static string HashOf(LoadedConfiguration configuration)
    {
        var text = string.Join('\n', EffectiveConfiguration.Values(configuration).Where(value => value.Place != "runtime.instance").Select(value => $"{value.Place}={value.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
    }
}
