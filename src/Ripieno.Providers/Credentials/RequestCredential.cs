using System.Net.Http.Headers;
using Ripieno.Models;

namespace Ripieno.Providers.Credentials;

/// <summary>How calls to an endpoint say on whose behalf they are made.</summary>
internal abstract class RequestCredential
{
    /// <summary>Puts it into a request.</summary>
    /// <returns>What was put in, so that it can be kept out of error messages; null when nothing was.</returns>
    public abstract ValueTask<Secret?> AttachAsync(HttpRequestMessage request, CancellationToken cancellation);
}

/// <summary>The endpoint's key as a bearer token; nothing when it has none.</summary>
internal sealed class BearerKey(Secret? key) : RequestCredential
{
    public override ValueTask<Secret?> AttachAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // SDKs insist on sending some key; a server that needs none must not get an invented one.
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key.Value);
        return ValueTask.FromResult(key);
    }
}
