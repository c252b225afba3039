using Microsoft.Extensions.Time.Testing;
using Ripieno.Configuration;
using Ripieno.Workers;

namespace Ripieno.Tests.Workers;

public sealed class RecyclingTests
{
    private const double NoJitter = 0.5;

    private readonly FakeTimeProvider _time = new();
    private long _memory = 100L << 20;

    [Fact]
    public void Without_a_bound_a_worker_goes_on_for_ever()
    {
        var recycling = Recycle(new());
        _memory = long.MaxValue;
        _time.Advance(TimeSpan.FromDays(3000));

        Assert.Null(recycling.Reason(long.MaxValue));
    }

    [Fact]
    public void Steps_are_a_bound()
    {
        var recycling = Recycle(new() { RecycleAfterSteps = 1000 });

        Assert.Null(recycling.Reason(999));
        Assert.Equal("1000 steps done (recycleAfterSteps 1000)", recycling.Reason(1000));
    }

    [Fact]
    public void Memory_is_a_bound_and_falls_back_below_it_when_it_is_freed()
    {
        var recycling = Recycle(new() { RecycleAfterMemory = 2L << 30 });

        Assert.Null(recycling.Reason(1));
        _memory = 2L << 30;
        Assert.Equal("2048 MB of memory in use (recycleAfterMemory 2GB)", recycling.Reason(1));
        _memory--;
        Assert.Null(recycling.Reason(1));
    }

    [Fact]
    public void A_process_that_needs_more_memory_from_the_start_works_all_the_same()
    {
        var recycling = Recycle(new() { RecycleAfterMemory = 64L << 20 });

        Assert.Null(recycling.Reason(0));
        Assert.NotNull(recycling.Reason(1));
    }

    [Fact]
    public void Age_is_a_bound_and_counts_from_the_start()
    {
        _time.Advance(TimeSpan.FromDays(9));
        var recycling = Recycle(new() { RecycleAfterAge = TimeSpan.FromHours(24) });

        _time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Null(recycling.Reason(0));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("24 h old (recycleAfterAge 1d)", recycling.Reason(0));
    }

    [Fact]
    public void The_first_bound_that_is_reached_counts()
    {
        var recycling = Recycle(new() { RecycleAfterSteps = 5, RecycleAfterMemory = 1L << 30, RecycleAfterAge = TimeSpan.FromHours(1) });

        Assert.Null(recycling.Reason(4));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Contains("recycleAfterAge", recycling.Reason(4), StringComparison.Ordinal);
        Assert.Contains("recycleAfterSteps", recycling.Reason(5), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 900)]
    [InlineData(0.25, 950)]
    [InlineData(0.5, 1000)]
    [InlineData(0.999999, 1100)]
    public void Each_bound_is_moved_by_a_tenth_at_most_and_all_by_the_same_share(double random, int thousand)
    {
        var steps = Recycle(new() { RecycleAfterSteps = 1000 }, random);
        Assert.Null(steps.Reason(thousand - 1));
        Assert.NotNull(steps.Reason(thousand));

        var memory = Recycle(new() { RecycleAfterMemory = 1000L << 20 }, random);
        _memory = (thousand - 1L) << 20;
        Assert.Null(memory.Reason(1));
        _memory = (long)thousand << 20;
        Assert.NotNull(memory.Reason(1));

        var age = Recycle(new() { RecycleAfterAge = TimeSpan.FromMinutes(1000) }, random);
        _time.Advance(TimeSpan.FromMinutes(thousand - 1));
        Assert.Null(age.Reason(0));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(age.Reason(0));
    }

    [Fact]
    public void One_step_is_the_least_whatever_the_jitter()
    {
        var recycling = Recycle(new() { RecycleAfterSteps = 1 }, random: 0);

        Assert.Null(recycling.Reason(0));
        Assert.NotNull(recycling.Reason(1));
    }

    private Recycling Recycle(RuntimeOptions options, double random = NoJitter) => new(options, () => _memory, _time, random);
}
