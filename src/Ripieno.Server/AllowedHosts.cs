using System.Net;
using Microsoft.AspNetCore.Http;

namespace Ripieno.Server;

/// <summary>
/// Names by which the server may be called. A page in somebody's browser can have a name of its own point to this machine, and would then read what it answers; it cannot choose
/// what stands in <c>Host</c>, so a name that is not known is refused. An address is no name that anybody could point elsewhere.
/// </summary>
internal sealed class AllowedHosts(IPAddress listening, IEnumerable<string> more)
{
    private readonly bool _isLoopback = IPAddress.IsLoopback(listening);
    private readonly HashSet<string> _names = new([.. more, "localhost", .. IPAddress.IsLoopback(listening) ? [] : (string[])[Environment.MachineName]], StringComparer.OrdinalIgnoreCase);

    public bool Allows(HostString host)
    {
        if (!host.HasValue)
            return false;
        return _names.Contains(host.Host) || (IPAddress.TryParse(host.Host, out var address) && (!_isLoopback || IPAddress.IsLoopback(address)));
    }
}
