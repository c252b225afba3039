using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Agents.Artifacts;

/// <summary>
/// A run's folder in an export. Every path is checked again, for a store may hold what an older or foreign program wrote, and no link below the
/// export's root is followed: what a model names is written here or nowhere.
/// </summary>
internal sealed class ExportFolder
{
    private const int MaxRunId = 100;

    private readonly string _root;
    private readonly string _runId;

    private ExportFolder(string root, string runId)
    {
        _root = root;
        _runId = runId;
    }

    /// <param name="folder">The export's root; it may itself be reached by links.</param>
    /// <param name="runId">Name of the run's folder in it.</param>
    public static ExportFolder Open(string folder, string runId)
    {
        var plain = runId.Length is > 0 and <= MaxRunId
            && runId.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            && runId.Any(letter => letter != '.');
        if (!plain)
            throw Refused("run id", $"'{runId}'", $"letters, digits, '-', '_' and '.', at most {MaxRunId}", null);
        return new(Path.GetFullPath(folder), runId);
    }

    /// <summary>True when the file is there with that content.</summary>
    public async Task<bool> HoldsAsync(string path, ContentHash hash, CancellationToken cancellation)
    {
        var file = Locate(path);
        return File.Exists(file) && ContentHash.Of(await File.ReadAllBytesAsync(file, cancellation)) == hash;
    }

    /// <summary>Puts the file in place whole or not at all: readers and a kill see the old content or the new one.</summary>
    /// <returns>Its full path.</returns>
    public async Task<string> WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var file = Locate(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        // In the same folder, so that the move is a rename; with a leading dot, which no artifact has.
        var temporary = Path.Combine(Path.GetDirectoryName(file)!, $".{Guid.NewGuid():N}.tmp");
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                await stream.WriteAsync(content, cancellation);
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        return file;
    }

    /// <summary>Removes a file and the folders that it leaves empty. No error when it is not there.</summary>
    public void Delete(string path)
    {
        var file = Locate(path);
        if (!File.Exists(file))
            return;
        File.Delete(file);
        var top = Path.Combine(_root, _runId);
        var folder = Path.GetDirectoryName(file)!;
        while (folder != top && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
            folder = Path.GetDirectoryName(folder)!;
        }
    }

    private string Locate(string path)
    {
        if (ArtifactName.Problem(path) is { } problem)
            throw Refused("artifact", $"a path that {problem}", "a plain relative path", null);

        var at = _root;
        foreach (var component in (string[])[_runId, .. path.Split('/')])
        {
            at = Path.Combine(at, component);
            if (new FileInfo(at).LinkTarget is { } link)
                throw Refused(at, $"a link to {link}", "a folder or file of its own", "Remove the link, or export to another folder.");
        }

        return at;
    }

    private static InvalidInputException Refused(string place, string found, string expected, string? nextStep) =>
        new(new Problem(null, null, place, found, expected, nextStep));
}
