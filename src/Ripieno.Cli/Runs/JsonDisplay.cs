using Ripieno.Cli.Output;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Writes every event as a line of JSON.</summary>
internal sealed class JsonDisplay(Invocation invocation) : EventDisplay(invocation)
{
    protected override Task TellAsync(RunSubject subject, RunEvent happened, CancellationToken cancellation)
    {
        JsonOutput.WriteLine(Invocation.Terminal.Out, EventDocument.Of(subject.RunId, happened));
        return Task.CompletedTask;
    }

    protected override void TellTrouble(string news) => Invocation.Terminal.Error.WriteLine($"ripieno: {news}");
}
