using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cluster;
using Ripieno.Storage;

namespace Ripieno.Cli.Commands;

/// <summary><c>worker --drain</c>: ends another worker of the store in good order.</summary>
internal static class WorkerDrain
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);

    public static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string id)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var asked = await composition.Store.RequestDrainAsync(id, cancellation);
        if (!common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"{id} is asked to drain. Ctrl-C ends the waiting, not the draining.");
        var said = "";
        InstanceRecord? last;
        while ((last = (await composition.Store.ListInstancesAsync(cancellation)).FirstOrDefault(one => one.Incarnation == asked.Incarnation)) is { IsSilent: false })
        {
            if (!common.IsSilent && await StateAsync(composition.Store, asked.Incarnation, cancellation) is var state && state != said)
                await invocation.Terminal.Error.WriteLineAsync($"{id}: {said = state}");
            await Task.Delay(Pace, invocation.Time, cancellation);
        }

        var drained = last is null;
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new DrainDocument(id, drained));
        else if (!common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync(drained ? $"{id} has ended." : $"{id} is not heard of any more; its steps go to others.");
        return drained ? ExitCode.Done : ExitCode.RunFailed;
    }

    private static async Task<string> StateAsync(IStore store, Guid incarnation, CancellationToken cancellation)
    {
        var stored = (await store.ListReportsAsync(cancellation)).FirstOrDefault(one => one.Incarnation == incarnation);
        var report = stored is null ? null : InstanceReportJson.Read(stored.Report);
        return report switch
        {
            null => "waiting for it",
            { Draining: false } => "it has not heard of it yet",
            { Busy: 0 } => "ending",
            { Busy: var busy } => $"{TimeText.Count(busy, "step")} under way",
        };
    }
}
