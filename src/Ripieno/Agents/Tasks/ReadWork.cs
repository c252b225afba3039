using System.Collections.Immutable;
using Ripieno.Agents.Prompts;
using Ripieno.Storage;

namespace Ripieno.Agents.Tasks;

/// <summary>A work with its files, read for a prompt that has limited room.</summary>
internal sealed record ReadWork(string? Task, LongText Summary, LongText Notes, ImmutableArray<ReadFile> Files)
{
    /// <param name="store">Where it is.</param>
    /// <param name="runId">Whose it is.</param>
    /// <param name="stepIndex">The execution.</param>
    /// <param name="task">Shown beside it; null = not shown.</param>
    /// <param name="keep">Characters of each text that could be shown at most.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<ReadWork> ReadAsync(
        IStore store, string runId, int stepIndex, string? task, int keep, CancellationToken cancellation)
    {
        var work = await store.ResultAsync<Work>(runId, stepIndex, cancellation);
        var files = ImmutableArray.CreateBuilder<ReadFile>();
        foreach (var artifact in await store.ListArtifactsAsync(runId, stepIndex, cancellation))
            files.Add(new(artifact.Name, LongText.Of(await store.TextAsync(runId, artifact.Hash, cancellation), keep)));
        return new(task, LongText.Of(work.Summary, keep), LongText.Of(work.Notes, keep), files.DrainToImmutable());
    }

    /// <summary>With texts of at most <paramref name="limit"/> characters and the first <paramref name="files"/> files.</summary>
    public PromptWork Show(int limit, int files) => new(
        Task,
        Summary.Cut(limit),
        Notes.Cut(limit),
        [.. Files.Take(files).Select(file => new PromptFile(file.Path, file.Content.Cut(limit)))],
        Math.Max(0, Files.Length - files));
}

internal sealed record ReadFile(string Path, LongText Content);
