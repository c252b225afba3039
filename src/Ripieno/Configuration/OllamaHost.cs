using System.Globalization;
using System.Net;

namespace Ripieno.Configuration;

/// <summary>
/// Reads <c>OLLAMA_HOST</c> as Ollama itself does (envconfig.Host): <c>host</c>, <c>host:port</c>, <c>:port</c> or a URL; port 11434 when none is
/// written, 80 or 443 after <c>http://</c> or <c>https://</c>. An address to listen on (<c>0.0.0.0</c>, <c>[::]</c>) becomes one to call. Unlike Ollama
/// a port that is none is refused instead of being replaced.
/// </summary>
internal static class OllamaHost
{
    public const string Variable = "OLLAMA_HOST";

    public const string Expected = "host, host:port or a URL such as http://localhost:11434";

    private const int DefaultPort = 11434;

    public static Uri? Parse(string text)
    {
        var trimmed = text.Trim().Trim('"', '\'').Trim();
        if (trimmed.Length == 0)
            return null;
        var (scheme, rest, port) = trimmed.IndexOf("://", StringComparison.Ordinal) switch
        {
            < 0 => (Uri.UriSchemeHttp, trimmed, DefaultPort),
            var at => (trimmed[..at], trimmed[(at + 3)..], trimmed.StartsWith("https:", StringComparison.Ordinal) ? 443 : 80),
        };
        if (scheme is not ("http" or "https") || rest.Contains('@', StringComparison.Ordinal))
            return null;

        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var path = slash < 0 ? "" : rest[slash..];
        var host = slash < 0 ? rest : rest[..slash];
        // A colon separates the port unless it is inside an IPv6 address.
        var colon = IPAddress.TryParse(host, out _) && !host.Contains("]:", StringComparison.Ordinal) ? -1 : host.LastIndexOf(':');
        if (colon >= 0)
        {
            if (!int.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
                return null;
            host = host[..colon];
        }

        return Uri.TryCreate($"{scheme}://{Callable(host)}:{port}{path.TrimEnd('/')}", UriKind.Absolute, out var url) ? url : null;
    }

    private static string Callable(string host)
    {
        if (host.Length == 0)
            return "127.0.0.1";
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return host;
        if (address.Equals(IPAddress.Any))
            return "127.0.0.1";
        if (address.Equals(IPAddress.IPv6Any))
            return "[::1]";
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }
}
