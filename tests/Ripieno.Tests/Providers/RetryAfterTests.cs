using Microsoft.Extensions.Time.Testing;
using Ripieno.Providers.Http;

namespace Ripieno.Tests.Providers;

public sealed class RetryAfterTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("600", 600)]
    [InlineData("601", 600)]
    [InlineData("99999999999999999999", 600)]
    [InlineData("Sun, 01 Mar 2026 12:00:30 GMT", 30)]
    [InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 0)]
    [InlineData("Fri, 01 Jan 2100 00:00:00 GMT", 600)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Seconds_and_dates_are_read_and_bounded(string? header, int? seconds)
    {
        using var response = new HttpResponseMessage();
        if (header is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", header);

        Assert.Equal(seconds is { } given ? TimeSpan.FromSeconds(given) : null, RetryAfter.Of(response.Headers, Time));
    }
}
