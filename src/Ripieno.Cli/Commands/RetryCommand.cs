using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Workflows;

namespace Ripieno.Cli.Commands;

/// <summary><c>retry</c>: reopens what failed and executes it.</summary>
internal static class RetryCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest that failed");
        var steps = new Argument<string[]>("STEP")
        {
            Description = "step or task to try again; left out: all that failed",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var detach = new Option<bool>("--detach") { Description = "Only reopen the steps; a worker executes them" };
        var concurrency = ExecutionFlags.Concurrency();
        var folder = ExecutionFlags.Out();
        var command = new DocumentedCommand(
            "retry",
            "Try the failed steps of a run again, and those that were skipped because of them. What was accepted stays.",
            ("all that failed in the newest failed run", "ripieno retry"),
            ("one task", "ripieno retry nightly-42 add-login"))
        {
            run, steps, detach, concurrency, folder,
        };
        command.SetAction((parsed, _) => ExecuteAsync(
            invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(steps) ?? [], parsed.GetValue(detach),
            parsed.GetValue(concurrency), parsed.GetValue(folder)));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        Invocation invocation, CommonSettings common, string? named, string[] steps, bool detach, int? concurrency, string? folder)
    {
        var cancellation = invocation.Interruption.Requested;
        var configuration = Composition.Load(invocation, common, new(Concurrency: concurrency));
        await using var composition = await Composition.OpenAsync(invocation, configuration, mustExist: true, cancellation);
        var id = await RunChoice.IdAsync(composition, named, RunStatus.Failed, cancellation);
        var run = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        if (run is { Status: RunStatus.Running, CancelRequested: true })
            throw new ConflictException($"Run {id} is being cancelled; what is under way ends first. To follow it: ripieno watch {id}");
        if (run.Status == RunStatus.Running)
            throw new ConflictException($"Run {id} has not ended yet, so there is nothing to retry. To go on with it: ripieno resume {id}");
        var reopened = await composition.Coordinator.RetryAsync(id, await KeysAsync(composition, id, steps, cancellation), cancellation);
        if (detach && common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new RetryDocument(id, reopened));
        else if (!common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"Reopened {TimeText.Count(reopened, "step")} of run {id}.");
        return detach ? ExitCode.Done : await new RunExecution(invocation, composition, common, folder).ExecuteAsync(id);
    }

    /// <summary>Keys as the store knows them: a task may be named by its id alone.</summary>
    private static async Task<IReadOnlyCollection<string>> KeysAsync(Composition composition, string run, string[] named, CancellationToken cancellation)
    {
        if (named.Length == 0)
            return [];
        var keys = (await composition.Coordinator.StepsAsync(run, cancellation)).Select(step => step.Key).ToHashSet(StringComparer.Ordinal);
        return [.. named.Select(name =>
            keys.Contains(name) ? name
            : keys.Contains(StandardWorkflow.TaskKey(name)) ? StandardWorkflow.TaskKey(name)
            : throw new NotFoundException(
                $"Run {run} has no step '{name}'. {NearestName.Suggestion(name, keys.Concat(keys.Select(StandardWorkflow.TaskOf).OfType<string>())) ?? $"'ripieno show {run} --steps' lists them."}"))];
    }
}
