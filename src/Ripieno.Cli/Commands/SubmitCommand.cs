using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Configuration;
using Ripieno.Coordination;

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
        var queue = new Option<string?>("--queue")
        {
            HelpName = "NAME",
            Description = "Queue of the steps whose agents name none; workers with --queues NAME, or whose config names it, serve it",
            CustomParser = OptionValues.Shaped(ConfigurationTexts.Name),
        };
        var spread = new Option<RunSpread?>("--spread")
        {
            HelpName = "pull|round-robin",
            Description = "pull (default): whoever has a free slot takes the next step. round-robin: each run goes to the next live worker in turn, and to all when that one is lost",
            CustomParser = OptionValues.Choice(("pull", RunSpread.Pull), ("round-robin", RunSpread.RoundRobin)),
        };
        var command = new DocumentedCommand(
            "submit",
            "Accept a run and return at once, printing its id; workers ('ripieno worker') execute it.",
            ("queue a backlog", "ripieno submit backlog.md"),
            ("before all others", "ripieno submit hotfix.md --priority high"),
            ("for the workers of a queue", "ripieno submit backlog.md --queue night"),
            ("one run for each worker in turn", "ripieno submit backlog.md --spread round-robin"),
            ("and have a webhook told when it has ended", "ripieno submit backlog.md --callback ci"),
            ("and follow it", "ripieno watch $(ripieno submit backlog.md --quiet)"));
        flags.AddTo(command);
        command.Add(callbacks);
        command.Add(queue);
        command.Add(spread);
        command.SetAction((parsed, _) => ExecuteAsync(
            invocation, CommonSettings.Of(parsed), flags.Read(parsed) with { Callbacks = parsed.GetValue(callbacks) ?? [], Queue = parsed.GetValue(queue), Spread = parsed.GetValue(spread) ?? RunSpread.Pull }));
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
            JsonOutput.WriteLine(invocation.Terminal.Out, new AcceptedDocument("accepted", receipt.Id, receipt.Existing, order.Banner.Simulated) { Instance = receipt.Instance });
        else
            await invocation.Terminal.Out.WriteLineAsync(receipt.Id);
        if (!common.IsSilent)
        {
            var simulated = order.Banner.Simulated ? $" ({RunBanner.SimulatedText})" : "";
            await invocation.Terminal.Error.WriteLineAsync(
                $"{(receipt.Existing ? "Accepted before" : "Accepted")}{simulated}. {Executor(invocation, settings, receipt)} Follow it: {invocation.FollowUp.Command($"watch {receipt.Id}")}");
        }

        return ExitCode.Done;
    }

    private static string Executor(Invocation invocation, RunSettings settings, RunReceipt receipt)
    {
        if (receipt.Instance is { } instance)
            return $"It is pinned to {instance}.";
        var worker = invocation.FollowUp.Command($"worker{(settings.Queue is { } queue ? $" --queues {queue}" : "")}");
        return settings.Spread == RunSpread.RoundRobin && !receipt.Existing
            ? $"No live worker serves its queue now, so it is for whichever comes first: {worker}."
            : $"A worker executes it: {worker}.";
    }
}
