using System.Text;
using Ripieno.Agents;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Reports;
using Ripieno.Backlogs;
using Ripieno.Runs;

namespace Ripieno.Tests.Agents.Reports;

public sealed class SummarizeStepExecutorTests
{
    [Fact]
    public async Task The_summary_tells_the_fate_of_every_task_and_entry()
    {
        var (summary, _) = await SummarizeAsync(SampleRun.Make());

        Assert.Equal(
            """
            # Summary: Web | shop

            3 tasks: 1 accepted, 1 failed, 1 skipped.

            Tokens: 800 in, 160 out.

            ## Tasks

            | Task | Title | Outcome | Rounds | Verdicts | Files | Tokens in | Tokens out |
            |---|---|---|--:|---|--:|--:|--:|
            | `good` | The good | accepted | 2 | sent back, approved | 1 | 400 | 80 |
            | `bad` | The bad | failed | 1 | not accepted | 1 | 200 | 40 |
            | `late` | The late | skipped | 0 |  | 0 | 100 | 20 |

            ## Failed tasks

            ### `bad`: The bad

            > Task 'bad' was not accepted after 0 revisions: all wrong

            ## Skipped tasks

            - `late`: The late — needs `bad` (failed)

            ## Dropped entries

            - Do nothing (`z`): There is nothing to do

            """,
            summary);
    }

    [Fact]
    public async Task The_review_notes_tell_every_round()
    {
        var (_, notes) = await SummarizeAsync(SampleRun.Make());

        Assert.Equal(
            """
            # Review notes: Web | shop

            ## `good`: The good

            ### Round 1: sent back

            > # mend it

            ### Round 2: approved

            ## `bad`: The bad

            ### Round 1: not accepted

            > Task 'bad' was not accepted after 0 revisions: all wrong

            """,
            notes);
    }

    [Fact]
    public async Task A_run_without_a_plan_says_why()
    {
        var run = new StoredRun();
        run.Add("plan", "plan", StepStatus.Failed, reason: "the planner gave no valid plan");
        run.Add("summary", "summarize", StepStatus.Running);

        var (summary, notes) = await SummarizeAsync(run);

        Assert.Contains("planning failed, so no task was begun.\n\n> the planner gave no valid plan", summary, StringComparison.Ordinal);
        Assert.Contains("Nothing has been reviewed.", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_runs_are_read_by_pages()
    {
        var run = new StoredRun();
        var tasks = Enumerable.Range(0, 450).Select(number => $"t{number}").ToList();
        run.Add("plan", "plan", StepStatus.Expanded, RunJson.Write(new Plan("s", [.. tasks.Select(id => new PlannedTask(id, id, "", [], [], BacklogPriority.Medium))], [])));
        foreach (var task in tasks)
            run.AddWork($"tasks/{task}", StepStatus.Succeeded, "done");

        var (summary, _) = await SummarizeAsync(run);

        Assert.Equal(3, run.Pages);
        Assert.Contains("450 tasks: 450 accepted.", summary, StringComparison.Ordinal);
    }

    private static async Task<(string Summary, string Notes)> SummarizeAsync(StoredRun run)
    {
        var completion = await new SummarizeStepExecutor().ExecuteAsync(AgentSteps.Context(run, "summary", "summarize", default), default);
        Assert.Equal(["summary.md", "review-notes.md"], completion.Artifacts.Select(artifact => artifact.Name));
        return (Encoding.UTF8.GetString(completion.Artifacts[0].Content.Span), Encoding.UTF8.GetString(completion.Artifacts[1].Content.Span));
    }
}
