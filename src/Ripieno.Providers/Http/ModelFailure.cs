using System.Net;
using System.Text.Json;
using Ripieno.Errors;
using Ripieno.Models;

namespace Ripieno.Providers.Http;

/// <summary>Says what went wrong with a call, and thereby what the caller may do about it.</summary>
internal static class ModelFailure
{
    private const int LongestText = 500;

    /// <summary>A response whose status is not 2xx.</summary>
    /// <param name="endpoint">Who answered.</param>
    /// <param name="status">With what.</param>
    /// <param name="body">The beginning of its body.</param>
    /// <param name="retryAfter">What it asked for.</param>
    /// <param name="secret">What the request carried: a server may echo it.</param>
    public static RipienoException Status(Endpoint endpoint, HttpStatusCode status, string body, TimeSpan? retryAfter, Secret? secret)
    {
        var answered = $"{Name(endpoint)} answered {(int)status}{Reason(body, secret)}.";
        return status switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new EndpointUnavailableException(answered, retryAfter),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new ModelRejectedException($"{answered} {NextStep.Credentials(endpoint)}", ModelRefusal.Credentials),
            HttpStatusCode.NotFound => new ModelRejectedException($"{answered} {NextStep.Model(endpoint)}", ModelRefusal.Model),
            HttpStatusCode.Gone => new ModelRejectedException($"{answered} {NextStep.Gone(endpoint)}", ModelRefusal.Gone),
            HttpStatusCode.BadRequest when ErrorCode(body) == "content_filter" => new ModelRejectedException($"{answered} The service's content filter refused the prompt."),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => new ModelRejectedException(answered),
            _ => new ModelCallException(answered),
        };
    }

    /// <summary>A request that got no response, or a body that broke off.</summary>
    public static RipienoException Transport(Endpoint endpoint, Exception failure) => failure switch
    {
        RipienoException own => own,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new EndpointUnavailableException($"{Name(endpoint)}: its host name is not known. Check the endpoint's URL and this machine's network.", inner: failure),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new EndpointUnavailableException($"{Name(endpoint)}: no secure connection: {Innermost(failure)}", inner: failure),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } =>
            new EndpointUnavailableException($"{Name(endpoint)} cannot be reached: {Innermost(failure)}. Is the server running?", inner: failure),
        // Not the caller's cancellation, which is sorted out before: the time limit on connecting.
        OperationCanceledException =>
            new EndpointUnavailableException($"{Name(endpoint)} did not accept a connection within {ModelHttp.ConnectTimeout.TotalSeconds:0} s. Is the server running?", inner: failure),
        JsonException => new ModelCallException($"{Name(endpoint)} answered with something that is not the JSON expected: {failure.Message}", failure),
        _ => new ModelCallException($"{Name(endpoint)} broke off its answer: {Innermost(failure)}", failure),
    };

    public static ModelCallException Call(Endpoint endpoint, string what) => new($"{Name(endpoint)} {what}");

    /// <summary>The endpoint in words. Of its URL only what tells servers apart: a path or user info may hold secrets.</summary>
    public static string Name(Endpoint endpoint) => $"Endpoint '{endpoint.Name}' ({endpoint.Url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)})";

    /// <summary>A server's own words, short, on one line, without the key that it may have echoed.</summary>
    public static string Words(string text, Secret? key)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (key is { Value.Length: > 0 })
            line = line.Replace(key.Value, key.ToString(), StringComparison.Ordinal);
        return line.Length <= LongestText ? line : line[..LongestText] + "…";
    }

    /// <summary>The message of an error object as Ollama (<c>{"error":"…"}</c>) or OpenAI (<c>{"error":{"message":"…"}}</c>) writes it; null for others.</summary>
    public static string? ErrorText(string body) => Error(body) is not { } error
        ? null
        : error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message.ToString() : error.ToString();

    private static string? ErrorCode(string body) =>
        Error(body) is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("code", out var code) ? code.ToString() : null;

    private static JsonElement? Error(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error) ? error.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Reason(string body, Secret? key) => Words(ErrorText(body) ?? body, key) is { Length: > 0 } words ? $": {words.TrimEnd('.')}" : "";

    private static string Innermost(Exception failure) => failure.GetBaseException().Message.TrimEnd('.');
}
