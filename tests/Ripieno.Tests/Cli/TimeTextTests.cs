using Ripieno.Cli.Display;

namespace Ripieno.Tests.Cli;

public sealed class TimeTextTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.01, "0.1 s")]
    [InlineData(0.44, "0.4 s")]
    [InlineData(12.9, "12 s")]
    [InlineData(72, "1 min 12 s")]
    [InlineData(7500, "2 h 05 min")]
    [InlineData(273_600, "3 d 4 h")]
    [InlineData(-5, "0 s")]
    public void Times_are_short(double seconds, string expected) => Assert.Equal(expected, TimeText.Of(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(2, 10, null)]
    [InlineData(3, 0, null)]
    [InlineData(4, 6, 90.0)]
    public void The_guess_is_mean_time_by_what_is_left(int done, int left, double? seconds) =>
        Assert.Equal(seconds, TimeEstimate.Of(done, left, TimeSpan.FromSeconds(60))?.TotalSeconds);

    [Theory]
    [InlineData(0, "0 KB")]
    [InlineData(1, "1 KB")]
    [InlineData(524_288, "512 KB")]
    [InlineData(13_002_342, "12.4 MB")]
    [InlineData(1_610_612_736, "1.5 GB")]
    public void Sizes_are_short(long bytes, string text)
    {
        Assert.Equal(text, TimeText.Size(bytes));
    }
}
