using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Storage;

public sealed class RetryPlanTests
{
    [Fact]
    public void Failed_steps_and_what_was_skipped_because_of_them_are_open_again()
    {
        var plan = Make([], Step("ok", StepStatus.Succeeded), Step("bad", StepStatus.Failed), Step("after", StepStatus.Skipped, 0, 1), Step("last", StepStatus.Skipped, 2));

        Assert.Equal(3, plan.Reopened);
        Assert.Equal([(2, StepStatus.Blocked, 1, 0), (3, StepStatus.Blocked, 1, 0), (1, StepStatus.Ready, 0, 0)], plan.Moves.Select(Headline));
        Assert.All(plan.Moves, move => Assert.Equal((2, 0), (move.State.Generation, move.State.FailedAttempts)));
    }

    [Fact]
    public void The_failed_ones_come_last_though_others_that_failed_wait_for_them()
    {
        // "clean" runs whatever became of "bad", and has failed on its own: it waits again.
        var plan = Make([], Step("bad", StepStatus.Failed), Step("clean", StepStatus.Failed, Trigger.AllDone, 0), Step("end", StepStatus.Skipped, 1));
        Assert.Equal([(2, StepStatus.Blocked, 1, 0), (0, StepStatus.Ready, 0, 0), (1, StepStatus.Blocked, 1, 0)], plan.Moves.Select(Headline));
    }

    [Fact]
    public void A_group_is_reopened_with_its_failed_member_and_so_is_the_group_around_it()
    {
        var plan = Make(
            [],
            Group("outer", null, broken: 1), Group("inner", 0, broken: 1), Step("member", StepStatus.Failed) with { Parent = 1 },
            Step("sibling", StepStatus.Succeeded) with { Parent = 1 }, Step("sum", StepStatus.Succeeded, Trigger.AllDone, 0));

        Assert.Equal(
            [(1, StepStatus.Expanded, 1, 0), (0, StepStatus.Expanded, 1, 0), (4, StepStatus.Blocked, 1, 0), (2, StepStatus.Ready, 0, 0)],
            plan.Moves.Select(move => (move.Index, move.State.Status, move.State.OpenMembers + move.State.Pending, move.State.BrokenMembers)));
    }

    [Fact]
    public void A_group_that_had_looked_at_what_failed_is_not_executed_again()
    {
        var plan = Make(
            [], Step("bad", StepStatus.Failed), Step("group", StepStatus.Succeeded, Trigger.AllDone, 0), Step("member", StepStatus.Succeeded) with { Parent = 1 });
        Assert.Equal([(0, StepStatus.Ready, 0, 0)], plan.Moves.Select(Headline));
    }

    [Fact]
    public void Only_what_is_named_is_retried()
    {
        StepOf[] steps = [Step("a", StepStatus.Failed), Step("b", StepStatus.DeadLettered), Step("end", StepStatus.Skipped, 0, 1)];
        Assert.Equal([(2, StepStatus.Blocked, 1, 1), (1, StepStatus.Ready, 0, 0)], Make(["b"], steps).Moves.Select(Headline));
        Assert.Equal(3, Make(["b", "a", "b"], steps).Reopened);
    }

    [Fact]
    public void A_group_that_is_named_stands_for_what_failed_within_it()
    {
        var plan = Make(
            ["group"], Group("group", null, broken: 1), Step("inside", StepStatus.Failed) with { Parent = 0 }, Step("outside", StepStatus.Failed));
        Assert.Equal([0, 1], plan.Moves.Select(move => move.Index));
    }

    [Theory]
    [InlineData("bad")]
    [InlineData("other")]
    public void Whatever_is_retried_the_stop_is_lifted(string named)
    {
        var plan = Make(
            [named], Step("bad", StepStatus.Failed), Step("other", StepStatus.Failed), Step("ready", StepStatus.Skipped), Step("behind", StepStatus.Skipped, 2), Step("after", StepStatus.Skipped, 0, 2));

        var (retried, left) = named == "bad" ? (0, 0) : (1, 1);
        Assert.Equal([(3, StepStatus.Blocked, 1, 0), (4, StepStatus.Blocked, 2 - left, left), (retried, StepStatus.Ready, 0, 0), (2, StepStatus.Ready, 0, 0)], plan.Moves.OrderBy(move => move.State.Status == StepStatus.Ready).ThenBy(move => move.Index == 2).ThenBy(move => move.Index).Select(Headline));
        Assert.All(plan.Moves, move => Assert.Equal(2, move.State.Generation));
    }

    [Fact]
    public void Deaths_are_forgotten()
    {
        var step = Step("dead", StepStatus.DeadLettered);
        var plan = Make([], step with { State = step.State with { Deaths = 4, DeathsAlone = 2, Epoch = 4 } });
        Assert.Equal(new() { Status = StepStatus.Ready, Generation = 2, Epoch = 4 }, Assert.Single(plan.Moves).State);
    }

    [Fact]
    public void A_chain_as_long_as_a_run_is_no_problem()
    {
        const int length = 100_000;
        var plan = Make([], [Step("0", StepStatus.Failed), .. Enumerable.Range(1, length).Select(i => Step($"{i}", StepStatus.Skipped, i - 1))]);
        Assert.Equal(length + 1, plan.Reopened);
        Assert.Equal(0, plan.Moves.Last().Index);
    }

    [Fact]
    public void What_is_not_there_or_has_not_failed_is_refused()
    {
        StepOf[] steps = [Step("ok", StepStatus.Succeeded), Step("bad", StepStatus.Failed)];
        Assert.Equal("Run 'r' has no step 'nowhere'. See: ripieno show r", Assert.Throws<NotFoundException>(() => Make(["bad", "nowhere"], steps)).Message);
        Assert.Equal(
            "Step 'ok' of run 'r' is Succeeded; only failed steps can be retried. See: ripieno show r", Assert.Throws<ConflictException>(() => Make(["ok"], steps)).Message);
    }

    [Theory]
    [InlineData(1, false, "Run 'r' is succeeded; only a failed run can be retried.")]
    [InlineData(0, true, "Run 'r' is being cancelled; only a failed run can be retried.")]
    [InlineData(0, false, "Run 'r' is running; only a failed run can be retried. To go on with it: ripieno resume r")]
    public void A_run_that_is_not_failed_is_refused(int status, bool cancel, string message) =>
        Assert.Equal(message, RetryPlan.Refusal("r", (RunStatus)status, cancel).Message);

    private static RetryPlan Make(string[] keys, params StepOf[] steps)
    {
        // Counters as they stand once everything has ended.
        var counted = steps.Select(step => step with
        {
            State = step.State with { BrokenDependencies = step.Dependencies.Count(index => steps[index].State.Status.IsBroken) },
        });
        return RetryPlan.Make("r", keys, new Steps([.. counted]));
    }

    private static StepOf Step(string key, StepStatus status, params int[] dependencies) => Step(key, status, Trigger.AllSucceeded, dependencies);

    private static StepOf Step(string key, StepStatus status, Trigger trigger, params int[] dependencies) =>
        new(key, new() { Status = status, Trigger = trigger, FailedAttempts = status == StepStatus.Failed ? 3 : 0 }, null, dependencies);

    private static StepOf Group(string key, int? parent, int broken) => new(key, new() { Status = StepStatus.Failed, BrokenMembers = broken }, parent, []);

    private static (int, StepStatus, int, int) Headline((int Index, StepState State) move) =>
        (move.Index, move.State.Status, move.State.Pending, move.State.BrokenDependencies);

    private sealed record StepOf(string Key, StepState State, int? Parent, int[] Dependencies);

    private sealed class Steps(StepOf[] steps) : IRetrySteps
    {
        private readonly HashSet<int> _groups = [.. steps.Select(step => step.Parent).OfType<int>()];

        private readonly ILookup<int, int> _dependents = steps
            .SelectMany((step, index) => step.Dependencies.Select(source => (source, index))).ToLookup(edge => edge.source, edge => edge.index);

        public IReadOnlyList<int> Failed() =>
            [.. Enumerable.Range(0, steps.Length).Where(i => steps[i].State is { Status: StepStatus.Failed or StepStatus.DeadLettered, BrokenMembers: 0 })];

        public IReadOnlyList<int> Stopped() => [.. Enumerable.Range(0, steps.Length).Where(i => StepMoves.IsStopped(steps[i].State))];

        public int? Find(string key) => Array.FindIndex(steps, step => step.Key == key) is >= 0 and var index ? index : null;

        public StepState State(int index) => steps[index].State;

        public int? Parent(int index) => steps[index].Parent;

        public bool IsGroup(int index) => _groups.Contains(index);

        public IEnumerable<int> Dependents(int index) => _dependents[index];
    }
}
