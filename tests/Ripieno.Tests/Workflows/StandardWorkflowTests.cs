using System.Text;
using Ripieno.Backlogs;
using Ripieno.Runs;
using Ripieno.Workflows;

namespace Ripieno.Tests.Workflows;

public sealed class StandardWorkflowTests
{
    private static readonly Backlog Sample = new(
        "shop",
        [
            new("a", "Add login", "with \"quotes\" and ünïcode", BacklogPriority.High, TimeSpan.FromMinutes(90), []),
            new("b", "Add logout", "", BacklogPriority.Low, null, ["a"]),
        ]);

    [Fact]
    public void A_run_begins_with_the_plan_and_a_summary_that_waits_for_it_whatever_becomes_of_it()
    {
        var (steps, _) = StandardWorkflow.Begin(StandardWorkflow.Define(new()), Sample);

        Assert.Equal(["plan", "summary"], steps.Select(step => step.Key));
        Assert.Equal(["plan", "summarize"], steps.Select(step => step.Definition));
        Assert.Equal([new("default", "planner"), new StepClass("default", "summarize")], steps.Select(step => step.Class));
        Assert.Equal(["plan"], steps[1].DependsOn);
        Assert.Equal(Trigger.AllDone, steps[1].Trigger);
    }

    [Fact]
    public void The_backlog_is_the_input_of_the_run_and_of_the_plan_and_reads_back_as_it_was()
    {
        var (steps, input) = StandardWorkflow.Begin(StandardWorkflow.Define(new()), Sample);

        Assert.True(steps[0].Input.Span.SequenceEqual(input.Span));
        var read = StandardWorkflow.ReadBacklog(input);
        Assert.Equal(Sample.Title, read.Title);
        Assert.Equal(Sample.Entries.Select(Flat), read.Entries.Select(Flat));
        static string Flat(BacklogEntry entry) =>
            $"{entry.Id}|{entry.Title}|{entry.Description}|{entry.Priority}|{entry.Estimate}|{string.Join(',', entry.Dependencies)}";
    }

    [Fact]
    public void Input_with_an_unknown_member_is_refused() =>
        Assert.Throws<System.Text.Json.JsonException>(
            () => StandardWorkflow.ReadBacklog(Encoding.UTF8.GetBytes("""{"title":"t","entries":[],"more":1}""")));

    [Fact]
    public void Settings_reach_the_definitions()
    {
        var workflow = StandardWorkflow.Define(new() { MaxAttempts = 7, TimeLimit = TimeSpan.FromMinutes(3), MaxSteps = 42 });

        Assert.Equal(42, workflow.MaxSteps);
        Assert.All(workflow.Steps, step => Assert.Equal(7, step.Retry.MaxAttempts));
        Assert.All(workflow.Steps, step => Assert.Equal(TimeSpan.FromMinutes(3), step.TimeLimit));
        Assert.Equal(["execute", "review"], workflow.Steps.Where(step => step.Template).Select(step => step.Name));
    }

    [Theory]
    [InlineData("plan", null)]
    [InlineData("summary", null)]
    [InlineData("tasks/add-login", "add-login")]
    [InlineData("tasks/add-login/review-2", "add-login")]
    public void The_key_of_a_step_names_its_task(string key, string? task) => Assert.Equal(task, StandardWorkflow.TaskOf(key));

    [Fact]
    public void Rounds_are_part_of_the_keys()
    {
        Assert.Equal("tasks/a", StandardWorkflow.ExecutionKey("a", 1));
        Assert.Equal("tasks/a/execute-2", StandardWorkflow.ExecutionKey("a", 2));
        Assert.Equal("tasks/a/review-1", StandardWorkflow.ReviewKey("a", 1));
    }
}
