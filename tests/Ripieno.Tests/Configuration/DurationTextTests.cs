using CsCheck;
using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("1.5m", 90)]
    [InlineData(" 2 h ", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("0s", 0)]
    public void A_number_with_a_unit_is_a_duration(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("-1s")]
    [InlineData("1e9s")]
    [InlineData("NaNs")]
    [InlineData("30 S")]
    [InlineData("99999999d")]
    public void Anything_else_is_none(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void What_is_formatted_reads_back() =>
        Gen.Long[0, 86_400_000L * 30].Sample(milliseconds =>
            DurationText.TryParse(DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)), out var read) && read == TimeSpan.FromMilliseconds(milliseconds));
}
