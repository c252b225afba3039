namespace Ripieno.Simulator;

/// <summary>Something that goes wrong with one call.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="RetryAfter">Value of the <c>Retry-After</c> header of a 429 or 503, sent as it is (seconds, a date, nonsense); null = no header.</param>
/// <param name="RetryAfterMilliseconds">The same of the <c>retry-after-ms</c> header.</param>
internal sealed record Fault(FaultKind Kind, string? RetryAfter = null, string? RetryAfterMilliseconds = null);

/// <summary>A fault with the share of calls it strikes, 0 to 1.</summary>
internal sealed record FaultRate(Fault Fault, double Rate);

internal enum FaultKind
{
    /// <summary>Status 429.</summary>
    TooManyRequests,

    /// <summary>Status 503.</summary>
    Unavailable,

    /// <summary>Status 500.</summary>
    ServerError,

    /// <summary>Status 401.</summary>
    Unauthorized,

    /// <summary>Status 410.</summary>
    Gone,

    /// <summary>Status 400, as Azure's content filter says it.</summary>
    ContentFilter,

    /// <summary>No answer until the client goes away.</summary>
    HangBeforeHeaders,

    /// <summary>Half an answer, then silence until the client goes away.</summary>
    HangInStream,

    /// <summary>The answer arrives one byte every 20 s.</summary>
    Trickle,

    /// <summary>Half an answer, then a proper end of the body without the last object.</summary>
    Truncated,

    /// <summary>Half an answer, then the connection breaks.</summary>
    Dropped,

    /// <summary>Half an answer, then an error object in the stream.</summary>
    ErrorInStream,

    /// <summary>A web page with status 200, as a captive portal or a wrong proxy gives it.</summary>
    Html,

    /// <summary>Status 200 and a body that is no JSON.</summary>
    Garbage,

    /// <summary>200 MB without a line break.</summary>
    Huge,
}
