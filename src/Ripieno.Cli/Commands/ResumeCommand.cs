using System.CommandLine;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>resume</c>: goes on with a run that was interrupted.</summary>
internal static class ResumeCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest that is not finished");
        var concurrency = ExecutionFlags.Concurrency();
        var folder = ExecutionFlags.Out();
        var command = new DocumentedCommand(
            "resume",
            "Go on with an interrupted run. What is done stays done; model and prompts are those that the run began with.",
            ("the newest unfinished run", "ripieno resume"),
            ("a certain one", "ripieno resume nightly-42"))
        {
            run, concurrency, folder,
        };
        command.SetAction((parsed, _) =>
            ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(concurrency), parsed.GetValue(folder)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? named, int? concurrency, string? folder)
    {
        var cancellation = invocation.Interruption.Requested;
        var configuration = Composition.Load(invocation, common, new(Concurrency: concurrency));
        await using var composition = await Composition.OpenAsync(invocation, configuration, mustExist: true, cancellation);
        var id = await RunChoice.IdAsync(composition, named, RunStatus.Running, cancellation);
        var run = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        if (run.Status == RunStatus.Failed)
            throw new ConflictException($"Run {id} has failed, it was not interrupted. To try its failed steps again: ripieno retry {id}");
        return await new RunExecution(invocation, composition, common, folder).ExecuteAsync(id);
    }
}
