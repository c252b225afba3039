using System.Globalization;
using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>A limit that instances share, and whether more of them would add anything.</summary>
/// <param name="Record">As it is used now.</param>
internal sealed record LimitStatus(LimitRecord Record)
{
    /// <summary>Nearer to a rate than this counts as being at it: the next call would be too much.</summary>
    private const double AtRate = 0.95;

    /// <summary>Why calls wait for it now, in a few words; null when they do not.</summary>
    public string? Binding => Record switch
    {
        { CoolingFor: var rest, CoolingReason: var reason } when rest > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"left in peace for {rest.TotalSeconds:0.#} s: {reason}"),
        { Capacity: { } capacity, InUse: var used } when used >= capacity => $"all {capacity} calls in use",
        { RequestsPerMinute: { } most, Requests: var requests } when requests >= most * AtRate => $"{requests} of {most} requests in the last minute",
        { TokensPerMinute: { } most, Tokens: var tokens } when tokens >= most * AtRate => $"{tokens} of {most} tokens in the last minute",
        _ => null,
    };
}
