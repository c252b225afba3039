using Ripieno.Coordination;
using Ripieno.Runs;

namespace Ripieno.Tests.Coordination;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void By_default_everything_is_kept_for_ever()
    {
        var retention = Retention.Of(new());

        Assert.True(retention.KeepsEverything);
        Assert.Empty(retention.At(Now));
    }

    [Fact]
    public void Each_status_has_an_age_of_its_own()
    {
        var retention = Retention.Of(new() { Succeeded = TimeSpan.FromDays(30), Cancelled = TimeSpan.FromHours(1) });

        Assert.False(retention.KeepsEverything);
        Assert.Equal([new(RunStatus.Succeeded, Now.AddDays(-30)), new Cutoff(RunStatus.Cancelled, Now.AddHours(-1))], retention.At(Now));
    }

    [Fact]
    public void Only_some_of_what_is_configured_may_be_asked_for()
    {
        var retention = Retention.Of(new() { Succeeded = TimeSpan.FromDays(30), Failed = TimeSpan.FromDays(90) });

        Assert.Equal([new Cutoff(RunStatus.Failed, Now.AddDays(-90))], retention.Only([RunStatus.Failed]).At(Now));
        Assert.True(retention.Only([RunStatus.Cancelled]).KeepsEverything);
        Assert.Equal(2, retention.Only([]).At(Now).Count);
    }

    [Fact]
    public void One_age_for_all_that_has_ended_or_for_some_of_it()
    {
        Assert.Equal(Retention.Ended, Retention.OlderThan(TimeSpan.FromDays(1), []).At(Now).Select(cutoff => cutoff.Status));
        Assert.Equal([new Cutoff(RunStatus.Failed, Now)], Retention.OlderThan(TimeSpan.Zero, [RunStatus.Failed, RunStatus.Failed]).At(Now));
        Assert.DoesNotContain(RunStatus.Running, Retention.Ended);
    }

    [Fact]
    public void An_age_above_that_of_time_lets_nothing_go()
    {
        Assert.Equal([new Cutoff(RunStatus.Failed, DateTimeOffset.UnixEpoch)], Retention.OlderThan(TimeSpan.FromDays(3600 * 10), [RunStatus.Failed]).At(Now));
    }
}
