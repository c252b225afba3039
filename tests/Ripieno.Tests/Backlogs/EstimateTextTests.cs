using Ripieno.Backlogs;

namespace Ripieno.Tests.Backlogs;

public sealed class EstimateTextTests
{
    [Theory]
    [InlineData("30 min", 0.5)]
    [InlineData("90m", 1.5)]
    [InlineData("2h", 2)]
    [InlineData("1.5 hours", 1.5)]
    [InlineData("1 day", 8)]
    [InlineData("3d", 24)]
    [InlineData("1 Week", 40)]
    [InlineData("1 day 4h", 12)]
    public void A_number_with_a_unit_is_work(string text, double hours)
    {
        Assert.True(EstimateText.TryParse(text, out var estimate));
        Assert.Equal(hours, estimate.TotalHours, 9);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-1h")]
    [InlineData("0h")]
    [InlineData("2 hours maybe")]
    [InlineData("999999999 weeks")]
    public void Anything_else_is_no_estimate(string text) => Assert.False(EstimateText.TryParse(text, out _));
}
