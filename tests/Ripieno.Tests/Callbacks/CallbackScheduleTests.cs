using Ripieno.Callbacks;

namespace Ripieno.Tests.Callbacks;

public sealed class CallbackScheduleTests
{
    [Fact]
    public void Ten_tries_within_about_a_day_each_pause_longer_than_the_last()
    {
        var pauses = Enumerable.Range(0, CallbackSchedule.Tries - 1).Select(failed => CallbackSchedule.PauseAfter(failed, 0, null)).ToList();

        Assert.Equal(10, CallbackSchedule.Tries);
        Assert.Equal(pauses.Order().Distinct(), pauses);
        Assert.InRange(pauses.Aggregate((sum, pause) => sum + pause), TimeSpan.FromHours(20), TimeSpan.FromHours(26));
    }

    [Fact]
    public void What_failed_together_does_not_come_back_together() =>
        Assert.Equal(TimeSpan.FromMinutes(5.25), CallbackSchedule.PauseAfter(3, 0.5, null));

    [Fact]
    public void A_receiver_may_ask_for_more_but_not_for_less_and_not_for_weeks()
    {
        Assert.Equal(TimeSpan.FromMinutes(7), CallbackSchedule.PauseAfter(0, 0, TimeSpan.FromMinutes(7)));
        Assert.Equal(TimeSpan.FromSeconds(30), CallbackSchedule.PauseAfter(2, 0, TimeSpan.Zero));
        Assert.Equal(CallbackSchedule.Longest, CallbackSchedule.PauseAfter(0, 0, TimeSpan.FromDays(30)));
    }
}
