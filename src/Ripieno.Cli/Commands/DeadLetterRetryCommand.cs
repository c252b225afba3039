using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Coordination;

namespace Ripieno.Cli.Commands;

/// <summary><c>dead-letter retry</c>: reopens steps that were given up.</summary>
internal static class DeadLetterRetryCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Required();
        var steps = new Argument<string[]>("STEP")
        {
            Description = "key of a step, or id of its task; left out: all of the run that were given up",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new DocumentedCommand(
            "retry",
            "Reopen steps that were given up, and those that were skipped because of them. What failed otherwise is for 'ripieno retry'. Nothing is executed yet.",
            ("all of a run", "ripieno dead-letter retry nightly-42"),
            ("one task, once its cause is mended", "ripieno dead-letter retry nightly-42 add-login"))
        {
            run, steps,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(run), parsed.GetValue(steps) ?? []));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string run, string[] steps)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var reopened = await new DeadLetters(composition.Store, composition.Coordinator).RetryAsync(run, steps, cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new RetryDocument(run, reopened));
        else if (!common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync($"Reopened {TimeText.Count(reopened, "step")} of run {run}. A worker executes them, or this process: {invocation.FollowUp.Command($"resume {run}")}");
        return ExitCode.Done;
    }
}
