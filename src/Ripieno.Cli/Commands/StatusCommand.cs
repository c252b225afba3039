using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cluster;

namespace Ripieno.Cli.Commands;

/// <summary><c>status</c>: who works on the store, what waits, and what is wrong.</summary>
internal static class StatusCommand
{
    public static Command Create(Invocation invocation)
    {
        var command = new DocumentedCommand(
            "status",
            "Show the instances that work on the store with what each does and uses, what is ready on which queue and for how long, throughput, how evenly the load is spread, and what somebody should look at. "
            + "Figures are of the last five minutes.",
            ("the project's store", "ripieno status"),
            ("a store from anywhere", "ripieno status --store redis:host:6379"),
            ("for a script", "ripieno status --json"));
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common)
    {
        await using var composition = await Composition.OpenAsync(invocation, common, invocation.Interruption.Requested);
        var status = await ClusterStatus.ReadAsync(composition.Store, invocation.Time, invocation.Interruption.Requested);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, StatusDocument.Of(status, composition.Store.Description));
        else
            invocation.Terminal.Console.Write(StatusView.Of(status, composition.Store.Description, invocation.FollowUp, invocation.Time.GetUtcNow()));
        return ExitCode.Done;
    }
}
