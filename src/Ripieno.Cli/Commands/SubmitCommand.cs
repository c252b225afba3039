using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>submit</c>: accepts a run; workers execute it.</summary>
internal static class SubmitCommand
{
    public static Command Create(Invocation invocation)
    {
        var flags = new RunFlags();
        var callbacks = new Option<string[]>("--callback")
        {
            HelpName = "NAME|URL",
            Description = "Who is told that the run has ended: a callback from the config, or an address below one that allows it; may be repeated",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new DocumentedCommand(
            "submit",
            "Accept a run and return at once, printing its id; workers ('ripieno worker') execute it.",
            ("queue a backlog", "ripieno submit backlog.md"),
            ("before all others", "ripieno submit hotfix.md --priority high"),
            ("and have a webhook told when it has ended", "ripieno submit backlog.md --callback ci"),
            ("and follow it", "ripieno watch $(ripieno submit backlog.md --quiet)"));
        flags.AddTo(command);
        command.Add(callbacks);
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), flags.Read(parsed) with { Callbacks = parsed.GetValue(callbacks) ?? [] }));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, RunSettings settings)
    {
        var cancellation = invocation.Interruption.Requested;
        var order = RunOrder.Read(invocation, common, settings, concurrency: null);
        order.SayProject(invocation, common);
        if (!await order.MayBeginAsync(invocation, cancellation))
            return ExitCode.Unavailable;

        await using var composition = await order.OpenAsync(invocation, cancellation);
        var receipt = await composition.Coordinator.StartAsync(order.Request, cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new AcceptedDocument("accepted", receipt.Id, receipt.Existing, order.Banner.Simulated));
        else
            await invocation.Terminal.Out.WriteLineAsync(receipt.Id);
        if (!common.IsSilent)
        {
            var simulated = order.Banner.Simulated ? $" ({RunBanner.SimulatedText})" : "";
            await invocation.Terminal.Error.WriteLineAsync(
                $"{(receipt.Existing ? "Accepted before" : "Accepted")}{simulated}. A worker executes it: ripieno worker. Follow it: ripieno watch {receipt.Id}");
        }

        return ExitCode.Done;
    }
}
