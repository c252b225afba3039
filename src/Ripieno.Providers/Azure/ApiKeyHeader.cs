using Ripieno.Models;
using Ripieno.Providers.Credentials;

namespace Ripieno.Providers.Azure;

/// <summary>A resource's key as Azure wants it.</summary>
internal sealed class ApiKeyHeader(Secret key) : RequestCredential
{
    private const string Header = "api-key";

    public override ValueTask<Secret?> AttachAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        request.Headers.Authorization = null;
        request.Headers.Remove(Header);
        request.Headers.TryAddWithoutValidation(Header, key.Value);
        return ValueTask.FromResult<Secret?>(key);
    }
}
