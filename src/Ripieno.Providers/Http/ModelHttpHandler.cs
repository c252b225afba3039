using System.Text;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Azure;
using Ripieno.Providers.Credentials;

namespace Ripieno.Providers.Http;

/// <summary>
/// Stands between an SDK and the network: sets the credential, turns every failure into one of ours before the SDK sees it, and guards the
/// body of what goes well.
/// </summary>
internal sealed class ModelHttpHandler(Endpoint endpoint, RequestCredential credential, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>The caller's cancellation, for SDKs that do not pass it on to the reads of a body.</summary>
    public static readonly HttpRequestOptionsKey<CancellationToken> CallCancellation = new("ripieno.cancellation");

    private const int LongestErrorBody = 16 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var secret = await AuthoriseAsync(request, cancellationToken);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                using (response)
                    throw ModelFailure.Status(endpoint, response.StatusCode, await BeginningAsync(response, cancellationToken), RetryAfter.Of(response.Headers, time), secret);

            request.Options.TryGetValue(CallCancellation, out var call);
            response.Content = await GuardedAsync(response.Content, secret, call, cancellationToken);
            return response;
        }
        catch (Exception failure) when (failure is not RipienoException && !cancellationToken.IsCancellationRequested)
        {
            throw ModelFailure.Transport(endpoint, failure);
        }
    }

    private async ValueTask<Secret?> AuthoriseAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await credential.AttachAsync(request, cancellation);
        }
        catch (Exception failure) when (failure is not RipienoException && !cancellation.IsCancellationRequested)
        {
            throw (endpoint.Provider == ProviderKind.AzureOpenAI ? EntraFailure.Of(endpoint, failure) : null) ?? ModelFailure.Transport(endpoint, failure);
        }
    }

    private async Task<HttpContent> GuardedAsync(HttpContent content, Secret? secret, CancellationToken call, CancellationToken cancellation)
    {
        if (content.Headers.ContentType?.MediaType is "text/html")
            throw ModelFailure.Call(endpoint, "answered with a web page. Check the endpoint's URL, and for a proxy or login page in between.");
        var guarded = new StreamContent(new GuardedStream(endpoint, secret, await content.ReadAsStreamAsync(cancellation), call));
        foreach (var header in content.Headers)
            guarded.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return guarded;
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[LongestErrorBody];
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            return Encoding.UTF8.GetString(buffer, 0, read);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // The status says enough.
            return "";
        }
    }
}
