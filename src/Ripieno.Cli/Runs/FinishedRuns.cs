using Ripieno.Runs;
using Ripieno.Workers;

namespace Ripieno.Cli.Runs;

/// <summary>Writes the files of the runs that a worker had a hand in, once they have ended, whoever executed their last step.</summary>
internal sealed class FinishedRuns(Invocation invocation, Composition composition)
{
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public async Task ExportAsync(Worker worker, CancellationToken cancellation)
    {
        _open.UnionWith(worker.TakeClaimedRuns());
        foreach (var runId in _open.ToList())
        {
            var run = await composition.Store.FindRunAsync(runId, cancellation);
            if (run is { Status: RunStatus.Running })
                continue;
            _open.Remove(runId);
            // Deleted meanwhile: then there is nothing to write.
            if (run is not null && await RunExecution.Files(invocation, composition, runId, outFolder: null).TryExportAsync(invocation.FollowUp, cancellation) is { } trouble)
                await invocation.Terminal.Error.WriteLineAsync($"ripieno: {SafeText.Of(trouble, longest: 2000)}");
        }
    }
}
