using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Drills;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;

namespace Ripieno.Cli.Commands;

/// <summary><c>drill failover</c>: kills a worker and looks what becomes of its steps.</summary>
internal static class DrillFailoverCommand
{
    private const int DefaultSlots = 4;

    public static Command Create(Invocation invocation)
    {
        var slots = new Option<int?>("--slots")
        {
            HelpName = "N",
            Description = $"Steps that each of the two workers executes at once. Default {DefaultSlots}",
            CustomParser = OptionValues.Number(1, 100),
        };
        var freeze = new Option<bool>("--freeze")
        {
            Description = "Freeze the worker instead of killing it: nothing but its silence tells then, as with a machine that is lost, so the drill lasts as long as the lease",
        };
        var command = new DocumentedCommand(
            "failover",
            "Start two workers on the store, with work of their own that needs no model, kill one of them, and tell how long it took until the other had its steps and how many executions were repeated, lost or duplicated. "
            + $"Other runs and workers are left alone; the drill removes what it made. The result is added to {DrillBook.File}. Exit code 1 when it did not pass.",
            ("on the store of the config", "ripieno drill failover"),
            ("as if a machine were lost", "ripieno drill failover --freeze"),
            ("on a Redis, for a script", "ripieno drill failover --store redis:db1:6379 --json"))
        {
            slots, freeze,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(slots) ?? DefaultSlots, parsed.GetValue(freeze)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, int slots, bool freeze)
    {
        var cancellation = invocation.Interruption.Requested;
        var configuration = Composition.Load(invocation, common);
        await using var composition = await Composition.OpenAsync(invocation, configuration, mustExist: false, cancellation);
        var drill = new FailoverDrill(invocation, common, composition, slots, freeze);
        if (!common.IsSilent)
        {
            await invocation.Terminal.Error.WriteLineAsync(
                $"Failover drill on {composition.Store.Description.Location}: two workers of {TimeText.Count(slots, "slot")}, lease {TimeText.Of(drill.Lease)}.");
        }

        var result = await drill.RunAsync(cancellation);
        var book = DrillBook.Add(configuration, result);
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, result);
        }
        else if (common.Quiet)
        {
            await invocation.Terminal.Out.WriteLineAsync(result.Passed ? "passed" : "failed");
        }
        else
        {
            invocation.Terminal.Console.Write(DrillView.Of(result));
            await invocation.Terminal.Out.WriteLineAsync(result.Passed ? "Passed." : $"FAILED: {string.Join("; ", result.Faults)}.");
            await invocation.Terminal.Error.WriteLineAsync($"Added to {book}");
        }

        return result.Passed ? ExitCode.Done : ExitCode.RunFailed;
    }
}
