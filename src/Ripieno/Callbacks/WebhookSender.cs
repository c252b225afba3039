using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Ripieno.Callbacks;

/// <summary>Sends one message by POST and classifies the answer.</summary>
/// <param name="time">Clock of time limits and signatures.</param>
/// <param name="handler">The connection; null = over the network.</param>
internal sealed class WebhookSender(TimeProvider time, HttpMessageHandler? handler = null) : IDisposable
{
    /// <summary>Of one try, from the first packet to the head of the answer. Receivers that need longer are to answer first and work then.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Bytes of a bad answer that are looked at, to tell why.</summary>
    private const int MostRead = 1024;

    private const int MostShown = 200;

    private readonly HttpClient _http = new(handler ?? Network()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <param name="url">Where to.</param>
    /// <param name="key">Signs; null = unsigned.</param>
    /// <param name="notice">The message.</param>
    /// <param name="cancellation">Ends the try without an outcome.</param>
    public async Task<Delivery> SendAsync(Uri url, WebhookKey? key, CallbackNotice notice, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = Request(url, key, notice);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode)
                return new(DeliveryResult.Taken, $"HTTP {(int)response.StatusCode}");
            var how = $"HTTP {(int)response.StatusCode}{await WhyAsync(response, either.Token)}";
            return response.StatusCode == HttpStatusCode.Gone
                ? new(DeliveryResult.Refused, $"{how}: the receiver wants no more of this")
                : new(DeliveryResult.Failed, how, RetryAfter(response));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(DeliveryResult.Failed, $"no answer within {Durations.Text(Limit)}");
        }
        catch (HttpRequestException exception)
        {
            return new(DeliveryResult.Failed, Line(exception.InnerException is { } inner ? $"{exception.Message}: {inner.Message}" : exception.Message));
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler Network() => new()
    {
        // A redirect could lead to where no configuration allows.
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        // Names of receivers move.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    };

    private HttpRequestMessage Request(Uri url, WebhookKey? key, CallbackNotice notice)
    {
        var body = notice.Bytes;
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Ripieno", null));
        request.Headers.Add("webhook-id", notice.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("webhook-signature", key.Sign(notice.Id!, timestamp, body));
        return request;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || !response.Headers.TryGetValues("Retry-After", out var values))
            return null;
        var text = values.First().Trim();
        // Digits by hand: the header's own parser gives up above 2^31 seconds, and such a number means a long time, not none.
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
            return text.Length > 9 ? CallbackSchedule.Longest : TimeSpan.FromSeconds(long.Parse(text, CultureInfo.InvariantCulture));
        return RetryConditionHeaderValue.TryParse(text, out var parsed) && parsed.Date is { } date ? date - time.GetUtcNow() : null;
    }

    /// <summary>The beginning of the answer, for whoever looks for the reason.</summary>
    private static async Task<string> WhyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var bytes = new byte[MostRead];
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            var length = await stream.ReadAtLeastAsync(bytes, MostRead, throwOnEndOfStream: false, cancellation);
            var text = Line(Encoding.UTF8.GetString(bytes, 0, length));
            return text.Length > 0 ? $" ({text})" : "";
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            return "";
        }
    }

    private static string Line(string text)
    {
        var line = string.Join(' ', string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length > MostShown ? line[..MostShown] + "…" : line;
    }
}
