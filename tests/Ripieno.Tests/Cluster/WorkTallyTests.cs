using Microsoft.Extensions.Time.Testing;
using Ripieno.Cluster;

namespace Ripieno.Tests.Cluster;

public sealed class WorkTallyTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_young_instance_has_a_short_past()
    {
        var tally = new WorkTally(_time);
        tally.Began();
        _time.Advance(TimeSpan.FromSeconds(4));
        tally.Ended(true, TimeSpan.FromSeconds(4));
        _time.Advance(TimeSpan.FromSeconds(4));

        var recent = tally.Recent();

        Assert.Equal(new(8, 1, 0, 4, 4), recent);
        Assert.Equal((1, 4, 0.5), (recent.SuccessRate, recent.Latency, recent.Utilization(1)));
    }

    [Fact]
    public void What_is_handed_back_is_neither_success_nor_failure_and_was_busy_all_the_same()
    {
        var tally = new WorkTally(_time);
        foreach (var end in (ReadOnlySpan<bool?>)[true, false, null])
        {
            tally.Began();
            _time.Advance(TimeSpan.FromSeconds(2));
            tally.Ended(end, TimeSpan.FromSeconds(2));
        }

        Assert.Equal(new(6, 1, 1, 4, 6), tally.Recent());
    }

    [Fact]
    public void Steps_that_take_longer_than_the_past_keep_their_instance_busy()
    {
        var tally = new WorkTally(_time);
        tally.Began();
        tally.Began();
        _time.Advance(TimeSpan.FromHours(1));

        var recent = tally.Recent();

        Assert.Equal((0, null, null), (recent.Ended, recent.SuccessRate, recent.Latency));
        Assert.Equal(1, recent.Utilization(2), 3);
        Assert.Equal(0.5, recent.Utilization(4), 3);
        Assert.InRange(recent.Seconds, 270, 300);
    }

    [Fact]
    public void What_is_older_than_five_minutes_is_forgotten()
    {
        var tally = new WorkTally(_time);
        tally.Began();
        _time.Advance(TimeSpan.FromSeconds(10));
        tally.Ended(true, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal((1, 10), (tally.Recent().Succeeded, tally.Recent().BusySeconds));

        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((0, 0), (tally.Recent().Succeeded, tally.Recent().BusySeconds));
    }
}
