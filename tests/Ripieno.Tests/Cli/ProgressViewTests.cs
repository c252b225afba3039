using Ripieno.Cli.Display;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Cli;

public sealed class ProgressViewTests
{
    private static readonly StepCount[] Counts =
    [
        new("plan", StepStatus.Expanded, 1), new("execute", StepStatus.Expanded, 3), new("execute", StepStatus.Succeeded, 2),
        new("execute", StepStatus.Ready, 5), new("review", StepStatus.Succeeded, 2), new("review", StepStatus.Running, 3), new("summarize", StepStatus.Blocked, 1),
    ];

    [Fact]
    public void Each_phase_has_a_bar_with_done_and_total()
    {
        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress(Counts)));

        Assert.Matches("plan +━+ +1/1", drawn);
        Assert.Matches("execute +━+─+ +5/10", drawn);
        // Five executions are to come, and each brings its review.
        Assert.Matches("review +━+─+ +2/10", drawn);
    }

    [Fact]
    public void Before_the_plan_there_is_nothing_to_count()
    {
        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress([new("plan", StepStatus.Running, 1), new("summarize", StepStatus.Blocked, 1)])));

        Assert.Matches("plan +─+ +0/1", drawn);
        Assert.Matches("execute +─+ +–", drawn);
    }

    [Fact]
    public void Busy_slots_say_what_they_do_and_for_how_long()
    {
        var model = Samples.Progress(Counts) with
        {
            Instance = "me",
            Slots =
            [
                new("tasks/add-cart", "llama3.2 is writing", TimeSpan.FromSeconds(12), 182),
                new("tasks/add-till/review-1", "loading llama3.2", TimeSpan.FromSeconds(3), 0),
            ],
        };

        var drawn = Samples.Draw(ProgressView.Of(model));

        Assert.Matches("add-cart +llama3.2 is writing, 182 tokens +12 s", drawn);
        Assert.Matches("add-till/review-1 +loading llama3.2 +3 s", drawn);
    }

    [Fact]
    public void Steps_of_other_instances_are_shown_and_our_own_not_twice()
    {
        var model = Samples.Progress(
            Counts,
            Samples.Step(1, "tasks/a", "execute", StepStatus.Running, instance: "me"),
            Samples.Step(2, "tasks/b", "execute", StepStatus.Running, instance: "other-7")) with
        {
            Instance = "me",
            Slots = [new("tasks/a", "llama3.2 is reading", TimeSpan.FromSeconds(1), 0)],
        };

        var drawn = Samples.Draw(ProgressView.Of(model));

        Assert.Contains("on other-7", drawn);
        Assert.DoesNotContain("on me", drawn);
    }

    [Fact]
    public void Steps_that_wait_for_the_same_are_told_once_with_a_countdown()
    {
        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress(
            Counts,
            Samples.Step(1, "tasks/a", "execute", StepStatus.Waiting, "ollama is unreachable."),
            Samples.Step(2, "tasks/b", "execute", StepStatus.Waiting, "ollama is unreachable."),
            Samples.Step(3, "tasks/c", "execute", StepStatus.Waiting, "the server answered 500"))));

        Assert.Contains("2 steps  next try in 5 s: ollama is unreachable", drawn);
        Assert.Contains("tasks/c  next try in 5 s: the server answered 500", drawn);
    }

    [Fact]
    public void A_narrow_terminal_cuts_the_reason_of_a_wait_and_keeps_its_beginning()
    {
        var waits = Samples.Step(1, "tasks/a", "execute", StepStatus.Waiting, "Endpoint 'ollama' (http://127.0.0.1:11434) cannot be reached: Connection refused");

        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress(Counts, waits)), 60);

        Assert.Matches("tasks/a  next try in 5 s: Endpoint 'ollama' .*…", drawn);
    }

    [Fact]
    public void While_everything_waits_there_is_no_guess()
    {
        var waits = Samples.Step(1, "tasks/a", "execute", StepStatus.Waiting, "ollama is unreachable.");

        Assert.Contains("left", Samples.Draw(ProgressView.Of(Samples.Progress(Counts) with { DoneWhenBegun = 2 })));
        Assert.DoesNotContain("left", Samples.Draw(ProgressView.Of(Samples.Progress(Counts, waits) with { DoneWhenBegun = 2 })));
    }

    [Fact]
    public void The_footer_has_time_tokens_counts_and_a_guess()
    {
        var tasks = TaskRows.Of(
            [
                Samples.Step(1, "tasks/a", "execute", StepStatus.Succeeded), Samples.Step(2, "tasks/b", "execute", StepStatus.Failed, "no"),
                Samples.Step(3, "tasks/c", "execute", StepStatus.Skipped),
            ],
            null,
            Samples.Now);

        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress(Counts) with { Tasks = tasks, DoneWhenBegun = 2 }));

        // 8 of 21 steps done, 6 of them in the last minute: 13 left at 10 s each.
        Assert.Contains("1 min 12 s · 1,234 tokens · 1 accepted · 1 failed · 1 skipped · about 2 min 10 s left", drawn);
    }

    [Fact]
    public void Without_a_basis_there_is_no_guess() =>
        Assert.DoesNotContain("left", Samples.Draw(ProgressView.Of(Samples.Progress(Counts) with { DoneWhenBegun = 6 })));

    [Fact]
    public void Simulated_answers_and_trouble_are_said()
    {
        var model = Samples.Progress(Counts) with { Banner = new("llama3.2 on simulated", Simulated: true), Trouble = "The store is away." };

        var drawn = Samples.Draw(ProgressView.Of(model));

        Assert.Contains("simulated answers", drawn);
        Assert.Contains("! The store is away.", drawn);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(48)]
    [InlineData(80)]
    public void No_line_is_wider_than_the_terminal_and_the_height_stays(int width)
    {
        var model = Samples.Progress(Counts, Samples.Step(9, "tasks/w", "execute", StepStatus.Waiting, new string('x', 300))) with
        {
            Slots = [new($"tasks/{new string('k', 90)}/review-2", "llama3.2 is writing", TimeSpan.FromSeconds(5), 7)],
        };
        var wide = Samples.Draw(ProgressView.Of(model), 400).Split('\n').Length;

        var lines = Samples.Draw(ProgressView.Of(model), width).Split('\n');

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.Equal(wide, lines.Length);
    }

    [Fact]
    public void Titles_cannot_smuggle_markup_or_control_characters()
    {
        var model = Samples.Progress(Counts);
        var overview = model.Overview with { Run = Samples.Run(title: "[red]Shop[/] \e[2J\nnow") };

        var drawn = Samples.Draw(ProgressView.Of(model with { Overview = overview }));

        Assert.Contains("[red]Shop[/] [2J now", drawn);
        Assert.DoesNotContain("\e[2J", drawn);
    }

    [Fact]
    public void More_slots_than_room_are_counted()
    {
        var slots = Enumerable.Range(0, 20).Select(number => new SlotLine($"tasks/t{number:00}", "reading", TimeSpan.Zero, 0)).ToList();

        var drawn = Samples.Draw(ProgressView.Of(Samples.Progress(Counts) with { Slots = slots, Room = 5 }));

        Assert.Contains("… and 15 more at work", drawn);
        Assert.DoesNotContain("t05", drawn);
    }
}
