using System.Globalization;
using System.Net.Http.Headers;

namespace Ripieno.Providers.Http;

/// <summary>The <c>Retry-After</c> header (RFC 9110 §10.2.3): seconds or a date; and <c>retry-after-ms</c>, by which Azure and OpenAI say it more exactly.</summary>
internal static class RetryAfter
{
    /// <summary>A server that asks for more is believed this much: beyond it, asking again costs less than an endpoint left idle by mistake.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>From 0 to <see cref="Longest"/>; null when the header is missing or nonsense.</summary>
    public static TimeSpan? Of(HttpResponseHeaders headers, TimeProvider time)
    {
        if (headers.TryGetValues("retry-after-ms", out var exact) && double.TryParse(exact.First(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds))
            return milliseconds < Longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : Longest;
        if (!headers.TryGetValues("Retry-After", out var values))
            return null;
        var text = values.First().Trim();
        // Digits by hand: the header's own parser gives up above 2^31 seconds, and such a number means a long time, not none.
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
            return text.Length > 9 ? Longest : Bounded(TimeSpan.FromSeconds(long.Parse(text)));
        return RetryConditionHeaderValue.TryParse(text, out var parsed) && parsed.Date is { } date ? Bounded(date - time.GetUtcNow()) : null;
    }

    private static TimeSpan Bounded(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
}
