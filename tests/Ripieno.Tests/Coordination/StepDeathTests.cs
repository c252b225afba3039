using Ripieno.Coordination;
using Ripieno.Storage;

namespace Ripieno.Tests.Coordination;

public sealed class StepDeathTests
{
    [Theory]
    [InlineData("execution 3: the process of host-17 is gone", 3, "host-17", false, "the process of host-17 is gone")]
    [InlineData("execution 3: the process of a (b) (pid 17) is gone", 3, "a (b)", false, "the process of a (b) (pid 17) is gone")]
    [InlineData("execution 12, alone: gpu 1 was silent for longer than the lease", 12, "gpu 1", true, "gpu 1 was silent for longer than the lease")]
    [InlineData("execution 1: something new", 1, "", false, "something new")]
    public void What_the_store_notes_is_understood(string detail, int execution, string instance, bool alone, string how)
    {
        var death = StepDeath.Of(new(7, DateTimeOffset.UnixEpoch, RunEventKind.LeaseExpired, "a", detail));

        Assert.Equal(new(execution, DateTimeOffset.UnixEpoch, instance, alone, how), death);
    }

    [Fact]
    public void Other_events_are_no_deaths()
    {
        Assert.Null(StepDeath.Of(new(7, default, RunEventKind.LateReport, "a", "execution 3: x")));
        Assert.Null(StepDeath.Of(new(7, default, RunEventKind.LeaseExpired, "a", null)));
        Assert.Null(StepDeath.Of(new(7, default, RunEventKind.LeaseExpired, "a", "execution 99999999999999999999: x")));
    }
}
