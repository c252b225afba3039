using Ripieno.Cli.Display;
using Ripieno.Cli.Runs;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Cli;

public sealed class TaskRowsTests
{
    [Fact]
    public void An_accepted_task_names_its_round_and_sums_its_tokens()
    {
        var row = Row(
            Samples.Step(2, "tasks/a", "execute", StepStatus.Succeeded, accepted: 4),
            Samples.Step(3, "tasks/a/review-1", "review", StepStatus.Succeeded),
            Samples.Step(4, "tasks/a/execute-2", "execute", StepStatus.Succeeded),
            Samples.Step(5, "tasks/a/review-2", "review", StepStatus.Succeeded));

        Assert.Equal((TaskVerdict.Accepted, 2), (row.Verdict, row.Rounds));
        Assert.Equal(new TokenUsage(40, 20), row.Usage);
        Assert.Equal(TimeSpan.FromSeconds(20), row.Time);
    }

    [Fact]
    public void A_failed_task_says_why_in_the_words_of_the_step_that_failed()
    {
        var row = Row(
            Samples.Step(2, "tasks/a", "execute", StepStatus.Failed, "a member failed"),
            Samples.Step(3, "tasks/a/review-1", "review", StepStatus.Failed, "not accepted after 2 revisions"));

        Assert.Equal((TaskVerdict.Failed, "not accepted after 2 revisions"), (row.Verdict, row.Reason));
    }

    [Theory]
    [InlineData(StepStatus.Blocked, TaskVerdict.Queued)]
    [InlineData(StepStatus.Ready, TaskVerdict.Queued)]
    [InlineData(StepStatus.Running, TaskVerdict.Working)]
    [InlineData(StepStatus.Waiting, TaskVerdict.Waiting)]
    [InlineData(StepStatus.Skipped, TaskVerdict.Skipped)]
    [InlineData(StepStatus.Cancelled, TaskVerdict.Cancelled)]
    [InlineData(StepStatus.DeadLettered, TaskVerdict.Failed)]
    internal void The_verdict_follows_the_tasks_own_step(StepStatus status, TaskVerdict verdict) =>
        Assert.Equal(verdict, Row(Samples.Step(2, "tasks/a", "execute", status, "because")).Verdict);

    [Fact]
    public void A_task_in_review_says_so()
    {
        var row = Row(
            Samples.Step(2, "tasks/a", "execute", StepStatus.Expanded), Samples.Step(3, "tasks/a/review-1", "review", StepStatus.Running));

        Assert.Equal((TaskVerdict.Working, "review", 1), (row.Verdict, row.Phase, row.Rounds));
    }

    [Fact]
    public void Plan_and_summary_are_no_tasks_and_titles_come_from_the_plan()
    {
        var titles = TaskTitles.Read("""{"summary":"s","tasks":[{"id":"a","title":"Add\ncart"},{"id":7},"x"],"dropped":[]}"""u8);

        var rows = TaskRows.Of(
            [Samples.Step(0, "plan", "plan", StepStatus.Expanded), Samples.Step(1, "summary", "summarize", StepStatus.Blocked), Samples.Step(2, "tasks/a", "execute", StepStatus.Ready)],
            titles,
            Samples.Now);

        Assert.Equal("Add cart", Assert.Single(rows).Title);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"tasks\":3}")]
    [InlineData("{ broken")]
    public void A_plan_that_is_none_has_no_titles(string json) => Assert.Empty(TaskTitles.Read(System.Text.Encoding.UTF8.GetBytes(json)));

    private static TaskRow Row(params StepRecord[] steps) => Assert.Single(TaskRows.Of(steps, null, Samples.Now));
}
