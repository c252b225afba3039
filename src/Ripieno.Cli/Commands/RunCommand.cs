using System.CommandLine;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>run</c>: accepts a run and executes it here, to its end.</summary>
internal static class RunCommand
{
    public static Command Create(Invocation invocation)
    {
        var flags = new RunFlags();
        var concurrency = ExecutionFlags.Concurrency();
        var folder = ExecutionFlags.Out();
        var command = new DocumentedCommand(
            "run",
            "Plan, execute and review a backlog, or carry out a workflow of your own, here and now. Ctrl-C keeps the run; 'ripieno resume' goes on with it.",
            ("a Markdown checklist", "ripieno run backlog.md"),
            ("one sentence, no model needed", "ripieno run \"Add a login page\" --provider simulated"),
            ("another model, four tasks at once", "ripieno run backlog.md --model qwen2.5 --concurrency 4"),
            ("a workflow of your own", "ripieno run --workflow research --input question.json"),
            ("from another program; the same id never runs twice", "cat tasks.json | ripieno run - --id nightly-42 --json"));
        flags.AddTo(command);
        command.Add(concurrency);
        command.Add(folder);
        command.SetAction((parsed, _) =>
            ExecuteAsync(invocation, CommonSettings.Of(parsed), flags.Read(parsed), parsed.GetValue(concurrency), parsed.GetValue(folder)));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        Invocation invocation, CommonSettings common, RunSettings settings, int? concurrency, string? folder)
    {
        var cancellation = invocation.Interruption.Requested;
        var order = RunOrder.Read(invocation, common, settings, concurrency);
        order.RefuseCode();
        order.SayProject(invocation, common);
        if (!await order.MayBeginAsync(invocation, cancellation))
            return ExitCode.Unavailable;

        await using var composition = await order.OpenAsync(invocation, cancellation);
        await composition.RefuseUsedIdAsync(cancellation);
        var receipt = await composition.Coordinator.StartAsync(order.Request, cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new AcceptedDocument("accepted", receipt.Id, receipt.Existing, order.Banner.Simulated));
        else if (!common.Quiet && !invocation.Terminal.IsLive)
            await invocation.Terminal.Out.WriteLineAsync($"run {receipt.Id}{(receipt.Existing ? " (accepted before)" : "")}");
        return await new RunExecution(invocation, composition, common, folder).ExecuteAsync(receipt.Id);
    }
}
