using System.CommandLine;
using Microsoft.Extensions.Logging;
using Ripieno.Cli.Drills;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Drills;
using Ripieno.Workers;

namespace Ripieno.Cli.Commands;

/// <summary>
/// <c>drill worker</c>, which a drill starts: executes steps of the drill's run only, says on standard output when it has begun, and ends when standard input says so or ends.
/// </summary>
internal static class DrillWorkerCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = new Argument<string>("RUN");
        var slots = new Option<int>("--slots");
        var ids = new Option<string[]>("--instances") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
        var command = new Command("worker", "Part of a drill") { run, slots, ids };
        command.Hidden = true;
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run)!, parsed.GetValue(slots), parsed.GetValue(ids) ?? []));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string run, int slots, string[] instances)
    {
        var cancellation = invocation.Interruption.Requested;
        var configuration = Composition.Load(invocation, common);
        await using var composition = await Composition.OpenAsync(invocation, configuration, mustExist: false, cancellation);
        var instance = ThisInstance.Describe(invocation.Variable("INSTANCE_ID"), slots, invocation.Time);
        var options = new WorkerOptions { Slots = slots, Classes = [DrillWorkflow.Class], Lease = configuration.Options.Runtime.Lease, Runs = RunSelection.Only(run) };
        await using var worker = new Worker(composition.Store, instance, options, [new DrillStepExecutor(invocation.Time)], invocation.Time, invocation.Log?.CreateLogger<Worker>());
        await worker.StartAsync(cancellation);
        JsonOutput.WriteLine(invocation.Terminal.Out, new WorkerDocument("started", instance.Id, slots, null));

        var isTold = await DrillWorkerProcess.EndIsToldAsync(invocation, cancellation);
        await worker.StopAsync(TimeSpan.Zero);
        if (!isTold)
        {
            // Whoever started it is gone, and cannot clean up any more; nor can a worker that is frozen.
            DrillWorkerProcess.KillOthers(await composition.Store.ListInstancesAsync(CancellationToken.None), instances, instance);
            await new DrillRun(composition.Store, run).RemoveAsync(instances, CancellationToken.None);
        }

        return ExitCode.Done;
    }
}
