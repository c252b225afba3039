using Ripieno.Runs;

namespace Ripieno.Tests.Runs;

public sealed class StepMovesTests
{
    /// <summary>A step that has been claimed four times; its fourth execution has not reported.</summary>
    private static readonly StepState Any = new()
    {
        Status = StepStatus.Running,
        Pending = 2,
        BrokenDependencies = 1,
        OpenMembers = 2,
        Generation = 2,
        FailedAttempts = 1,
        Epoch = 4,
        RecordedEpoch = 3,
        Deaths = 1,
    };

    /// <summary>Every move, with the statuses that it may start from.</summary>
    private static readonly Dictionary<string, (Func<StepState, StepState> Move, StepStatus[] From)> Moves = new(StringComparer.Ordinal)
    {
        ["Claimed"] = (StepMoves.Claimed, [StepStatus.Ready]),
        ["WorkDone"] = (step => StepMoves.WorkDone(step, 0), [StepStatus.Running, StepStatus.Ready]),
        ["TryFailed"] = (step => StepMoves.TryFailed(step, true), [StepStatus.Running, StepStatus.Ready]),
        ["Parked"] = (StepMoves.Parked, [StepStatus.Running, StepStatus.Ready]),
        ["HandedBack"] = (StepMoves.HandedBack, [StepStatus.Running, StepStatus.Ready]),
        ["OwnerLost"] = (step => StepMoves.OwnerLost(step, 2), [StepStatus.Running]),
        ["OwnerBack"] = (StepMoves.OwnerBack, [StepStatus.Ready]),
        ["Due"] = (StepMoves.Due, [StepStatus.Waiting]),
        ["DependencyEnded"] = (step => StepMoves.DependencyEnded(step, false), [StepStatus.Blocked]),
        ["MembersAdded"] = (step => StepMoves.MembersAdded(step, 1), [StepStatus.Expanded]),
        ["MemberEnded"] = (step => StepMoves.MemberEnded(step, false), [StepStatus.Expanded]),
        ["Cancelled"] = (StepMoves.Cancelled, [StepStatus.Blocked, StepStatus.Ready, StepStatus.Waiting, StepStatus.Running, StepStatus.Expanded]),
        ["Retried"] = (StepMoves.Retried, [StepStatus.Failed, StepStatus.DeadLettered]),
        ["StopLifted"] = (step => StepMoves.StopLifted(step with { BrokenDependencies = 0 }), [StepStatus.Skipped]),
    };

    public static TheoryData<string, int> EveryMoveFromEveryStatus =>
        [.. from move in Moves.Keys from status in Enum.GetValues<StepStatus>() select new TheoryDataRow<string, int>(move, (int)status)];

    [Theory]
    [MemberData(nameof(EveryMoveFromEveryStatus))]
    public void A_move_starts_only_where_it_may(string name, int status)
    {
        var (move, from) = Moves[name];
        var step = Any with { Status = (StepStatus)status };
        if (from.Contains(step.Status))
            Assert.NotEqual(step, move(step));
        else
            Assert.Contains(step.Status.ToString(), Assert.Throws<InvalidOperationException>(() => move(step)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((int)StepStatus.Ready, 0, 0, true)]
    [InlineData((int)StepStatus.Waiting, 0, 0, true)]
    [InlineData((int)StepStatus.Waiting, 1, 0, false)]
    [InlineData((int)StepStatus.Ready, 0, 1, false)]
    [InlineData((int)StepStatus.Blocked, 0, 0, false)]
    [InlineData((int)StepStatus.Running, 0, 0, false)]
    [InlineData((int)StepStatus.Expanded, 0, 0, false)]
    [InlineData((int)StepStatus.Succeeded, 0, 0, false)]
    public void A_stop_skips_what_could_begin_and_has_not(int status, int failedAttempts, int deaths, bool skipped)
    {
        var step = new StepState { Status = (StepStatus)status, FailedAttempts = failedAttempts, Deaths = deaths, Epoch = 3, RecordedEpoch = 3 };
        Assert.Equal(skipped ? step with { Status = StepStatus.Skipped } : step, StepMoves.Stopped(step));
        var inAnyCase = step with { Trigger = Trigger.AllDone };
        Assert.Equal(inAnyCase, StepMoves.Stopped(inAnyCase));
    }

    [Theory]
    [InlineData((int)Trigger.AllSucceeded, 0, 0, (int)StepStatus.Ready)]
    [InlineData((int)Trigger.AllSucceeded, 1, 0, (int)StepStatus.Blocked)]
    [InlineData((int)Trigger.AllSucceeded, 1, 1, (int)StepStatus.Blocked)]
    [InlineData((int)Trigger.AllSucceeded, 0, 1, (int)StepStatus.Skipped)]
    [InlineData((int)Trigger.AllDone, 0, 1, (int)StepStatus.Ready)]
    [InlineData((int)Trigger.AllDone, 2, 1, (int)StepStatus.Blocked)]
    public void A_new_step_waits_for_what_is_open(int trigger, int pending, int broken, int expected)
    {
        var step = StepMoves.New((Trigger)trigger, pending, broken);
        Assert.Equal(((StepStatus)expected, pending, broken, 1, 0L), (step.Status, step.Pending, step.BrokenDependencies, step.Generation, step.Epoch));
    }

    [Fact]
    public void A_claim_raises_the_epoch() =>
        Assert.Equal(Any with { Epoch = 5 }, StepMoves.Claimed(Any with { Status = StepStatus.Ready }));

    [Fact]
    public void Work_done_is_success_or_with_members_a_group()
    {
        Assert.Equal(Any with { Status = StepStatus.Succeeded, OpenMembers = 0, RecordedEpoch = 4 }, StepMoves.WorkDone(Any, 0));
        Assert.Equal(Any with { Status = StepStatus.Expanded, OpenMembers = 3, RecordedEpoch = 4 }, StepMoves.WorkDone(Any, 3));
    }

    [Fact]
    public void A_failed_try_counts_and_waits_or_ends()
    {
        Assert.Equal(Any with { Status = StepStatus.Waiting, FailedAttempts = 2, RecordedEpoch = 4 }, StepMoves.TryFailed(Any, another: true));
        Assert.Equal(Any with { Status = StepStatus.Failed, FailedAttempts = 2, RecordedEpoch = 4 }, StepMoves.TryFailed(Any, another: false));
    }

    [Fact]
    public void Parking_and_handing_back_cost_nothing()
    {
        Assert.Equal(Any with { Status = StepStatus.Waiting, RecordedEpoch = 4 }, StepMoves.Parked(Any));
        Assert.Equal(Any with { Status = StepStatus.Ready, RecordedEpoch = 4 }, StepMoves.HandedBack(Any));
        Assert.Equal(Any, StepMoves.Due(Any with { Status = StepStatus.Waiting }) with { Status = StepStatus.Running });
    }

    [Fact]
    public void An_owner_that_was_lost_counts_a_death_until_it_is_back()
    {
        var lost = StepMoves.OwnerLost(Any, 2);
        Assert.Equal(Any with { Status = StepStatus.Ready, Deaths = 2 }, lost);
        Assert.Equal(Any, StepMoves.OwnerBack(lost));
    }

    [Fact]
    [Trait("Promise", "I7")]
    public void Only_deaths_of_a_suspect_lead_to_the_dead_letters()
    {
        var step = Any with { Deaths = 0 };
        for (var death = 1; death <= 4; death++)
        {
            step = StepMoves.OwnerLost(step with { Status = StepStatus.Running }, 2);
            Assert.Equal((death < 4 ? StepStatus.Ready : StepStatus.DeadLettered, death, Math.Max(0, death - 2)), (step.Status, step.Deaths, step.DeathsAlone));
            Assert.Equal(death >= 2, step.IsSuspect);
        }

        Assert.Equal((0, 0), (StepMoves.Retried(step).Deaths, StepMoves.Retried(step).DeathsAlone));
    }

    [Fact]
    public void A_suspect_whose_owner_is_back_has_not_died_alone()
    {
        var suspect = Any with { Deaths = 2 };
        Assert.Equal(suspect, StepMoves.OwnerBack(StepMoves.OwnerLost(suspect, 2)));
        Assert.Equal(0, StepMoves.OwnerBack(Any with { Status = StepStatus.Ready, Deaths = 0 }).Deaths);
    }

    [Fact]
    public void The_late_report_of_a_lost_owner_is_welcome_until_it_is_recorded()
    {
        var lost = StepMoves.OwnerLost(Any, 2);
        Assert.True(StepMoves.CanReport(lost));
        Assert.False(StepMoves.CanReport(StepMoves.HandedBack(lost)));
        Assert.Equal(StepStatus.Succeeded, StepMoves.WorkDone(lost, 0).Status);
        Assert.False(StepMoves.CanReport(Any with { Status = StepStatus.Waiting }));
    }

    [Theory]
    [InlineData((int)Trigger.AllSucceeded, false, false, (int)StepStatus.Ready)]
    [InlineData((int)Trigger.AllSucceeded, true, false, (int)StepStatus.Skipped)]
    [InlineData((int)Trigger.AllSucceeded, false, true, (int)StepStatus.Skipped)]
    [InlineData((int)Trigger.AllDone, true, true, (int)StepStatus.Ready)]
    public void The_last_dependency_decides(int trigger, bool first, bool last, int expected)
    {
        var step = StepMoves.DependencyEnded(StepMoves.New((Trigger)trigger, 2, 0), first);
        Assert.Equal((StepStatus.Blocked, 1), (step.Status, step.Pending));
        step = StepMoves.DependencyEnded(step, last);
        Assert.Equal(((StepStatus)expected, 0), (step.Status, step.Pending));
    }

    [Theory]
    [InlineData(false, false, (int)StepStatus.Succeeded)]
    [InlineData(true, false, (int)StepStatus.Failed)]
    [InlineData(false, true, (int)StepStatus.Failed)]
    public void A_group_ends_with_its_last_member(bool first, bool last, int expected)
    {
        var group = StepMoves.MembersAdded(StepMoves.WorkDone(Any, 1), 1);
        group = StepMoves.MemberEnded(group, first);
        Assert.Equal((StepStatus.Expanded, 1), (group.Status, group.OpenMembers));
        Assert.Equal((StepStatus)expected, StepMoves.MemberEnded(group, last).Status);
    }

    [Fact]
    public void A_retry_begins_a_generation_whose_old_report_counts_no_more()
    {
        var failed = StepMoves.TryFailed(Any, another: false);
        var retried = StepMoves.Retried(failed);
        Assert.Equal(failed with { Status = StepStatus.Ready, Generation = 3, FailedAttempts = 0, Deaths = 0 }, retried);
        Assert.False(StepMoves.CanReport(retried));
    }

    [Fact]
    public void What_was_skipped_waits_again()
    {
        var skipped = StepMoves.New(Trigger.AllSucceeded, 0, 2);
        var once = StepMoves.DependencyReopened(skipped, wasBroken: true);
        Assert.Equal((StepStatus.Blocked, 1, 1, 2), (once.Status, once.Pending, once.BrokenDependencies, once.Generation));
        var twice = StepMoves.DependencyReopened(once, wasBroken: true);
        Assert.Equal((StepStatus.Blocked, 2, 0, 2), (twice.Status, twice.Pending, twice.BrokenDependencies, twice.Generation));
    }

    [Fact]
    public void A_group_opens_again_with_its_members()
    {
        var failed = StepMoves.MemberEnded(StepMoves.MemberEnded(StepMoves.WorkDone(Any, 2), broken: true), broken: true);
        var once = StepMoves.MemberReopened(failed, wasBroken: true);
        Assert.Equal((StepStatus.Expanded, 1, 1, 3, 0), (once.Status, once.OpenMembers, once.BrokenMembers, once.Generation, once.FailedAttempts));
        var twice = StepMoves.MemberReopened(once, wasBroken: true);
        Assert.Equal((StepStatus.Expanded, 2, 0, 3), (twice.Status, twice.OpenMembers, twice.BrokenMembers, twice.Generation));
    }

    [Theory]
    [InlineData((int)StepStatus.Blocked, false, false)]
    [InlineData((int)StepStatus.Ready, false, false)]
    [InlineData((int)StepStatus.Waiting, false, false)]
    [InlineData((int)StepStatus.Running, false, false)]
    [InlineData((int)StepStatus.Expanded, false, false)]
    [InlineData((int)StepStatus.Succeeded, true, false)]
    [InlineData((int)StepStatus.Failed, true, true)]
    [InlineData((int)StepStatus.DeadLettered, true, true)]
    [InlineData((int)StepStatus.Skipped, true, true)]
    [InlineData((int)StepStatus.Cancelled, true, true)]
    public void Statuses_know_whether_they_are_the_end(int status, bool terminal, bool broken) =>
        Assert.Equal((terminal, broken), (((StepStatus)status).IsTerminal, ((StepStatus)status).IsBroken));
}
