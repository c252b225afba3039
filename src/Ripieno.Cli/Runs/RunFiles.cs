using Microsoft.Extensions.Logging;
using Ripieno.Agents.Artifacts;
using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>The files of a run, written from the store to a folder: an export, which may be deleted and written again at any time.</summary>
/// <param name="store">Where the run is.</param>
/// <param name="runId">The run.</param>
/// <param name="parent">Absolute folder below which the run gets its own.</param>
/// <param name="log">Told what could not be written.</param>
internal sealed partial class RunFiles(IStore store, string runId, string parent, ILogger log)
{
    public string Folder { get; } = Path.Combine(parent, runId);

    /// <summary>The run's summary as the user would open it from a folder; null when there is none.</summary>
    public string? Summary(string from)
    {
        var path = Path.Combine(Folder, "summary.md");
        if (!File.Exists(path))
            return null;
        var relative = Path.GetRelativePath(from, path);
        return relative.Length < path.Length ? relative : path;
    }

    /// <summary>Writes what has changed.</summary>
    public Task ExportAsync(CancellationToken cancellation) => ArtifactExport.ExportAsync(store, runId, parent, cancellation);

    /// <summary>The same, but a folder that cannot be written to is no reason to end a run: the files are safe in the store.</summary>
    /// <param name="followUp">Knows what to do then.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>What went wrong, for people; null when nothing did.</returns>
    public async Task<string?> TryExportAsync(FollowUp followUp, CancellationToken cancellation)
    {
        try
        {
            await ExportAsync(cancellation);
            return null;
        }
        catch (Exception exception) when (exception is RipienoException or IOException or UnauthorizedAccessException)
        {
            LogExportFailed(log, runId, exception);
            return $"The files of run {runId} could not be written to {Folder}: {exception.Message} They are kept in the store: {followUp.Command($"artifacts {runId} --out DIR")}";
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The files of run {Run} could not be exported.")]
    private static partial void LogExportFailed(ILogger log, string run, Exception exception);
}
