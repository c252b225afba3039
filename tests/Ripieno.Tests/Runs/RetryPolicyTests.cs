using Ripieno.Runs;

namespace Ripieno.Tests.Runs;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 6)]
    public void The_pause_doubles_up_to_its_bound(int failedAttempts, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds / 2.0), Policy.DelayAfter(failedAttempts, 0));
        Assert.Equal(TimeSpan.FromSeconds(seconds * 0.75), Policy.DelayAfter(failedAttempts, 0.5));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void After_the_last_try_there_is_none(int failedAttempts) => Assert.Null(Policy.DelayAfter(failedAttempts, 0));

    [Fact]
    public void One_attempt_means_no_retry() => Assert.Null(new RetryPolicy(1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).DelayAfter(1, 0));

    [Fact]
    public void However_often_it_failed_the_pause_stays_in_bounds()
    {
        var patient = Policy with { MaxAttempts = int.MaxValue };
        for (var failed = 1; failed < 2000; failed++)
            Assert.InRange(patient.DelayAfter(failed, 0.999)!.Value, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void By_default_four_tries_are_over_within_seconds()
    {
        Assert.Equal([0.5, 1, 2], Enumerable.Range(1, 3).Select(failed => RetryPolicy.Default.DelayAfter(failed, 0)!.Value.TotalSeconds));
        Assert.Null(RetryPolicy.Default.DelayAfter(4, 0));
    }
}
