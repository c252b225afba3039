using Ripieno.Cli.Display;
using Ripieno.Runs;

namespace Ripieno.Tests.Cli;

public sealed class EndViewTests
{
    [Fact]
    public void A_failed_run_tells_verdicts_reasons_and_what_to_type_next()
    {
        var drawn = Samples.Draw(EndView.Of(Model(
            RunStatus.Failed,
            Task("cart", TaskVerdict.Accepted, 2, null), Task("till", TaskVerdict.Failed, 3, "no tests"), Task("mail", TaskVerdict.Skipped, 0, "tasks/till failed"))));

        Assert.Contains("✗ Small shop  failed  nightly-42", drawn);
        Assert.Contains("3 tasks: 1 accepted, 1 failed, 1 skipped", drawn);
        Assert.Contains("accepted in round 2", drawn);
        Assert.Contains("failed: no tests", drawn);
        Assert.Contains("skipped: tasks/till failed", drawn);
        Assert.Contains("Summary: artifacts/nightly-42/summary.md", drawn);
        Assert.Contains("ripieno retry nightly-42", drawn);
        Assert.Contains("1,000 tokens in, 234 out", drawn);
    }

    [Fact]
    public void A_run_that_succeeded_offers_no_retry()
    {
        var drawn = Samples.Draw(EndView.Of(Model(RunStatus.Succeeded, Task("cart", TaskVerdict.Accepted, 1, null))));

        Assert.Contains("✓ Small shop  succeeded", drawn);
        Assert.DoesNotContain("retry", drawn);
        Assert.DoesNotContain("simulated", drawn);
    }

    [Fact]
    public void A_long_list_keeps_what_went_wrong()
    {
        var tasks = Enumerable.Range(0, 200).Select(number => Task($"t{number}", TaskVerdict.Accepted, 1, null)).Append(Task("last-one", TaskVerdict.Failed, 1, "broke")).ToArray();

        var drawn = Samples.Draw(EndView.Of(Model(RunStatus.Failed, tasks)));

        Assert.Contains("last-one", drawn);
        Assert.Contains("… and 161 more tasks", drawn);
    }

    [Fact]
    public void Titles_are_no_markup() =>
        Assert.Contains("[bold]x[/]", Samples.Draw(EndView.Of(Model(RunStatus.Succeeded, Task("[bold]x[/]", TaskVerdict.Accepted, 1, null)))));

    [Fact]
    public void The_quiet_line_says_simulated()
    {
        var model = Model(RunStatus.Succeeded, Task("cart", TaskVerdict.Accepted, 1, null)) with { Banner = new("m on simulated", Simulated: true) };

        Assert.Equal("run nightly-42 succeeded: 1 task: 1 accepted (simulated answers)", EndView.OneLine(model));
    }

    [Fact]
    public void A_run_without_a_plan_tells_why()
    {
        var steps = new[] { Samples.Step(0, "plan", "plan", StepStatus.Failed, "ollama answered 401: unauthorized") };
        var model = Model(RunStatus.Failed) with { PlanFailure = EndModel.PlanFailureOf(steps, []) };

        Assert.Contains("no plan: ollama answered 401: unauthorized", Samples.Draw(EndView.Of(model)));
        Assert.EndsWith("no tasks; no plan: ollama answered 401: unauthorized", EndView.OneLine(model));
    }

    private static EndModel Model(RunStatus status, params TaskRow[] tasks) =>
        new(Samples.Run(status), Samples.Banner, tasks, "artifacts/nightly-42/summary.md", OffersShow: true, Samples.Now);

    private static TaskRow Task(string title, TaskVerdict verdict, int rounds, string? reason) =>
        new(title, title, verdict, rounds, null, reason, new(10, 20), TimeSpan.FromSeconds(3));
}
