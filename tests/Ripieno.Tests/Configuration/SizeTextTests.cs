using CsCheck;
using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("64KB", 65_536)]
    [InlineData("512MB", 536_870_912)]
    [InlineData("1.5GB", 1_610_612_736)]
    [InlineData(" 2 GB ", 2_147_483_648)]
    [InlineData("0MB", 0)]
    public void A_number_with_a_unit_is_a_size(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("512")]
    [InlineData("-1MB")]
    [InlineData("1e3MB")]
    [InlineData("NaNGB")]
    [InlineData("2G")]
    [InlineData("2gb")]
    [InlineData("2GiB")]
    [InlineData("99999999GB")]
    public void Anything_else_is_none(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Fact]
    public void What_is_formatted_reads_back() =>
        Gen.Long[0, 1L << 42].Sample(bytes => SizeText.TryParse(SizeText.Format(bytes), out var read) && read == bytes);

    [Theory]
    [InlineData(1L << 31, "2GB")]
    [InlineData(1536L << 20, "1536MB")]
    [InlineData(512, "0.5KB")]
    public void The_largest_unit_that_fits_is_used(long bytes, string text) => Assert.Equal(text, SizeText.Format(bytes));
}
