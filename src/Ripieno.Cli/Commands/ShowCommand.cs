using System.CommandLine;
using Ripieno.Agents.Custom;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Commands;

/// <summary><c>show</c>: one run as it stands.</summary>
internal static class ShowCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest");
        var steps = new Option<bool>("--steps") { Description = "Every step too" };
        var command = new DocumentedCommand(
            "show",
            "Show a run: its tasks with verdicts, reasons, tokens and times.",
            ("the newest run", "ripieno show"),
            ("with every step", "ripieno show nightly-42 --steps"))
        {
            run, steps,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(steps)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? named, bool withSteps)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var id = await RunChoice.IdAsync(composition, named, null, cancellation);
        var run = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        var snapshot = await composition.SnapshotAsync(run, cancellation);
        var banner = RunBanner.Of(snapshot);
        var fallbacks = await FallbackAnswer.ListAsync(composition.Coordinator, id, snapshot, cancellation);
        var steps = await composition.Coordinator.StepsAsync(id, cancellation);
        var titles = banner.Own is null ? await TaskTitles.FindAsync(composition.Store, id, cancellation) : null;
        var now = invocation.Time.GetUtcNow();
        var files = RunExecution.Files(invocation, composition, id, outFolder: null);
        var tasks = banner.Own is { } workflow
            ? UnitRows.Of(workflow, steps, await ApprovalDecisions.ReadAsync(composition.Store, id, workflow, steps, cancellation), now)
            : TaskRows.Of(steps, titles, now);
        var callbacks = await composition.Coordinator.CallbacksAsync(run, cancellation);
        new RunEnding(invocation, common).Write(
            new(run, banner, tasks, files.Summary(invocation.Folder), OffersShow: !withSteps, now)
            {
                FollowUp = invocation.FollowUp,
                Fallbacks = fallbacks,
                PlanFailure = banner.Own is null ? EndModel.PlanFailureOf(steps, tasks) : null,
                Callbacks = callbacks,
            },
            withSteps ? steps : null,
            Directory.Exists(files.Folder) ? files.Folder : null,
            withSteps ? Models(snapshot, steps, fallbacks) : null);
        return ExitCode.Done;
    }

    /// <summary>What answered the steps that have been answered: what the run chose, unless it is known that another did.</summary>
    private static Dictionary<string, string> Models(RunSnapshot snapshot, IReadOnlyList<StepRecord> steps, IReadOnlyList<FallbackAnswer> fallbacks)
    {
        var models = steps.Where(step => step.Status is (StepStatus.Succeeded or StepStatus.Expanded) && step.Result != StepOutcome.SkippedHash)
            .ToDictionary(step => step.Key, step => snapshot.ModelOf(snapshot.Workflow.Step(step.Definition)), StringComparer.Ordinal);
        foreach (var answer in fallbacks)
            models[answer.Step] = answer.Model;
        return models;
    }
}
