using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>
/// Where a Redis is, as one text: <c>host:port</c>, several of them with commas, with <c>redis:</c> or <c>rediss:</c> (TLS) before them, or a URL
/// <c>redis://user:password@host:port</c>. With <c>redis+sentinel:</c> or <c>rediss+sentinel:</c> the hosts are Sentinels, and <c>/service</c> behind them is what they call the servers.
/// </summary>
/// <param name="Endpoints">Each <c>host:port</c>: of the servers, or with a service of their Sentinels.</param>
/// <param name="Tls">Said <c>rediss:</c>.</param>
/// <param name="User">User in the address; null = none.</param>
/// <param name="Password">Password in the address; null = none.</param>
/// <param name="Service">The name under which Sentinels know the servers; null = the servers' own addresses.</param>
internal sealed partial record RedisAddress(ImmutableArray<string> Endpoints, bool Tls, string? User, Secret? Password, string? Service = null)
{
    public const string Expected = "redis:HOST:PORT, or redis:HOST:PORT,HOST:PORT for a Cluster, or redis+sentinel:HOST:PORT,HOST:PORT/SERVICE for Sentinels; rediss instead of redis encrypts";

    /// <summary>Of a Sentinel, when none is said.</summary>
    public const int SentinelPort = 26379;

    private const int DefaultPort = 6379;

    private static readonly string[] Schemes = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"];

    /// <summary>Whether a text says that it is the address of a Redis.</summary>
    public static bool Is(string text) =>
        Array.Exists(Schemes, scheme => text.StartsWith(scheme + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>Null when the text is no address.</summary>
    public static RedisAddress? Parse(string text)
    {
        var (rest, tls, isSentinel) = WithoutScheme(text.Trim());
        // Passwords hold any character when they are not escaped as they should be; the host does not.
        var at = rest.LastIndexOf('@');
        var (user, password) = at < 0 ? (null, null) : Credentials(rest[..at]);
        var hosts = rest[(at + 1)..];
        string? service = null;
        if (isSentinel)
        {
            if (hosts.Split('/') is not [var before, var name] || !ConfigurationTexts.Name.Accepts(name))
                return null;
            (hosts, service) = (before, name);
        }

        // Tools write the number of a database behind the host; there is one store in a Redis, in the first.
        if (hosts.EndsWith("/0", StringComparison.Ordinal))
            hosts = hosts[..^2];
        var endpoints = hosts.TrimEnd('/').Split(',').Select(host => Endpoint(host, isSentinel ? SentinelPort : DefaultPort)).ToList();
        return endpoints.Contains(null) ? null : new([.. endpoints.Select(endpoint => endpoint!)], tls, user, password is null ? null : new Secret(password), service);
    }

    /// <summary><c>host:port</c> of <c>host</c> or <c>host:port</c>; null when it is neither.</summary>
    public static string? Endpoint(string text, int port = DefaultPort)
    {
        var host = text.Trim();
        // A colon separates the port unless it is inside an IPv6 address.
        var colon = IPAddress.TryParse(host, out _) && !host.Contains("]:", StringComparison.Ordinal) ? -1 : host.LastIndexOf(':');
        if (colon >= 0)
        {
            if (!int.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
                return null;
            host = host[..colon];
        }

        host = host.Trim('[', ']');
        if (IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6)
            host = $"[{host}]";
        else if (host.All(char.IsAsciiDigit) || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return null;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    /// <summary>Any text with the user and password of the addresses in it hidden. Hides too much rather than too little.</summary>
    public static string Mask(string text) => UserPattern().Replace(text, "${scheme}***@");

    private static (string Text, bool Tls, bool IsSentinel) WithoutScheme(string text)
    {
        if (!Is(text))
            return (text, false, false);
        var isSentinel = text[..text.IndexOf(':', StringComparison.Ordinal)].EndsWith("+sentinel", StringComparison.OrdinalIgnoreCase);
        var rest = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
            rest = rest[2..];
        else if (!isSentinel && rest.Split(',')[0].All(char.IsAsciiDigit))
            return (text, false, false); // "redis:6379": the host's own name is redis.
        return (rest, text.StartsWith("rediss", StringComparison.OrdinalIgnoreCase), isSentinel);
    }

    private static (string? User, string? Password) Credentials(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (Part(text), null) : (Part(text[..colon]), Part(text[(colon + 1)..]));

        static string? Part(string part) => part.Length == 0 ? null : Uri.UnescapeDataString(part);
    }

    [GeneratedRegex(@"(?<scheme>rediss?(\+sentinel)?:(//)?).*@", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserPattern();
}
