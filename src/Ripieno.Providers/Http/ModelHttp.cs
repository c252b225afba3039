using System.Collections.Concurrent;
using Ripieno.Models;
using Ripieno.Providers.Credentials;

namespace Ripieno.Providers.Http;

/// <summary>HTTP clients, one for each endpoint, kept for as long as the provider: connections are reused over calls.</summary>
/// <param name="time">Clock of the pauses that servers ask for.</param>
/// <param name="credential">How calls to an endpoint are authorised.</param>
internal sealed class ModelHttp(TimeProvider time, Func<Endpoint, RequestCredential> credential) : IDisposable
{
    /// <summary>A host that does not take a connection within 10 s will not serve a model either. All other limits are the caller's.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>After that a connection is made anew, so that a changed DNS name is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<Endpoint, Lazy<HttpClient>> _clients = [];

    /// <summary>The client whose base address is the endpoint's URL; not to be disposed by users.</summary>
    public HttpClient For(Endpoint endpoint) => _clients.GetOrAdd(endpoint, key => new(() => Create(key))).Value;

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Value.Dispose();
    }

    private HttpClient Create(Endpoint endpoint)
    {
        var sockets = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            // Tokens for one host must not follow a redirection to another.
            AllowAutoRedirect = false,
            UseCookies = false,
            // Long enough to read the end of a finished answer and so keep the connection; a stream left early must free its server soon.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        };
        return new HttpClient(new ModelHttpHandler(endpoint, credential(endpoint), time, sockets))
        {
            // Relative paths replace what follows the last slash.
            BaseAddress = endpoint.Url.AbsoluteUri.EndsWith('/') ? endpoint.Url : new Uri(endpoint.Url.AbsoluteUri + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }
}
