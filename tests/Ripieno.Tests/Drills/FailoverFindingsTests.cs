using Ripieno.Drills;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Drills;

public sealed class FailoverFindingsTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(32);

    [Fact]
    public void Steps_that_were_cut_off_and_done_again_pass()
    {
        var findings = FailoverFindings.Of([Step("a", 2), Step("b", 1)], [Event(RunEventKind.LeaseExpired, "a"), Event(RunEventKind.StepSucceeded, "a"), Event(RunEventKind.StepSucceeded, "b")]);

        Assert.Equal((1, 1L, 0, 0), (findings.InFlight, findings.Repeated, findings.Lost, findings.Duplicated));
        Assert.Empty(findings.Faults(TimeSpan.FromSeconds(1), Bound));
    }

    [Fact]
    public void Whatever_is_lost_double_or_without_a_cause_fails()
    {
        var findings = FailoverFindings.Of(
            [Step("a", 3), Step("b", 1) with { Status = StepStatus.Ready, Result = null }],
            [Event(RunEventKind.LeaseExpired, "a"), Event(RunEventKind.StepSucceeded, "a"), Event(RunEventKind.StepSucceeded, "a")]);

        Assert.Equal((1, 2L, 1, 1), (findings.InFlight, findings.Repeated, findings.Lost, findings.Duplicated));
        Assert.Equal(3, findings.Faults(TimeSpan.FromSeconds(1), Bound).Count);
    }

    [Fact]
    public void Steps_that_are_claimed_too_late_or_never_fail_and_so_does_a_kill_that_hit_nothing()
    {
        var findings = FailoverFindings.Of([Step("a", 2)], [Event(RunEventKind.LeaseExpired, "a"), Event(RunEventKind.StepSucceeded, "a")]);
        Assert.Single(findings.Faults(Bound + TimeSpan.FromSeconds(1), Bound));
        Assert.Single(findings.Faults(null, Bound));

        var missed = FailoverFindings.Of([Step("a", 1)], [Event(RunEventKind.StepSucceeded, "a")]);
        Assert.Single(missed.Faults(TimeSpan.Zero, Bound));
    }

    private static RunEvent Event(RunEventKind kind, string step) => new(1, DateTimeOffset.UnixEpoch, kind, step, null);

    private static StepRecord Step(string key, long epoch) => new()
    {
        Index = 0,
        Key = key,
        Definition = "work",
        Class = DrillWorkflow.Class,
        Parent = null,
        Status = StepStatus.Succeeded,
        Generation = 1,
        FailedAttempts = 0,
        Epoch = epoch,
        Deaths = (int)epoch - 1,
        DeathsAlone = 0,
        Result = ContentHash.Of("done"u8),
        Accepted = null,
        Reason = null,
        Usage = default,
        StartedAt = null,
        FinishedAt = null,
        DueAt = null,
        Instance = null,
    };
}
