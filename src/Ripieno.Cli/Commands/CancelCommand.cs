using System.CommandLine;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Workers;

namespace Ripieno.Cli.Commands;

/// <summary><c>cancel</c>: ends a run before its time.</summary>
internal static class CancelCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Required();
        var command = new DocumentedCommand(
            "cancel",
            "Cancel a run: from now on no step of it begins, and calls under way are aborted. What is done stays readable.",
            ("stop it for good", "ripieno cancel nightly-42"))
        {
            run,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(run)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string id)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var cancelled = await composition.Coordinator.CancelAsync(id, cancellation);
        // A process that was killed aborts nothing any more, and perhaps no worker will ever come to notice.
        await DeadInstances.EndAsync(composition.Store, self: null, cancellation);
        // Tidying up a large run takes a moment; without a worker nobody else might ever do it.
        await composition.Store.SettleAsync(cancellation);
        await composition.Coordinator.WakeCallbacksAsync(id, cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new CancelDocument(id, cancelled));
        else if (!common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync(cancelled ? $"Run {id} is cancelled." : $"Run {id} had ended already.");
        return ExitCode.Done;
    }
}
