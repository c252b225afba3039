using System.Net.Http.Headers;
using Azure.Core;
using Ripieno.Models;
using Ripieno.Providers.Credentials;

namespace Ripieno.Providers.Azure;

/// <summary>
/// A token of Entra ID, kept until shortly before it ends. Some sources (the Azure CLI) keep none themselves and would start a process for every call.
/// </summary>
/// <param name="source">Makes the credential, when a token is first needed: its library is large, and most never use it.</param>
/// <param name="time">Clock of the tokens' ends.</param>
internal sealed class EntraToken(Func<TokenCredential> source, TimeProvider time) : RequestCredential, IDisposable
{
    public const string Scope = "https://cognitiveservices.azure.com/.default";

    /// <summary>Before its end a token is renewed, as Azure's own libraries do: a call that begins with it may wait in line for minutes.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private TokenCredential? _credential;
    private AccessToken? _token;

    public override async ValueTask<Secret?> AttachAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var token = await TokenAsync(cancellation);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new Secret(token);
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask<string> TokenAsync(CancellationToken cancellation)
    {
        if (_token is { } fresh && IsFresh(fresh))
            return fresh.Token;
        await _one.WaitAsync(cancellation);
        try
        {
            if (_token is { } renewed && IsFresh(renewed))
                return renewed.Token;
            _credential ??= source();
            try
            {
                _token = await _credential.GetTokenAsync(new TokenRequestContext([Scope]), cancellation);
            }
            catch (Exception) when (!cancellation.IsCancellationRequested && _token is { } old && old.ExpiresOn > time.GetUtcNow())
            {
                // It still holds; the next call tries again.
            }

            return _token!.Value.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    private bool IsFresh(AccessToken token) => time.GetUtcNow() < (token.RefreshOn ?? token.ExpiresOn - Margin);
}
