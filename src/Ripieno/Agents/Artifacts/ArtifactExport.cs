using System.Collections.Immutable;
using System.Text;
using Ripieno.Agents.Custom;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Reports;
using Ripieno.Callbacks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Artifacts;

/// <summary>Copies a run's outputs from the store into a folder for people. The store stays the truth; an export may be repeated at any time.</summary>
internal static class ArtifactExport
{
    /// <summary>
    /// Writes <c>plan.md</c>, <c>summary.md</c>, <c>review-notes.md</c> and <c>tasks/ID/…</c> below <c>folder/runId</c>, as far as they exist:
    /// of each task the accepted version, else the newest with a file that says so. Unchanged files are left alone; files of a version that no longer
    /// counts are removed unless someone has changed them.
    /// </summary>
    /// <returns>Full paths of the files that were written.</returns>
    /// <exception cref="NotFoundException">No such run.</exception>
    /// <exception cref="InvalidInputException">The folder would lead out of itself by a link, or a name is not safe.</exception>
    public static async Task<IReadOnlyList<string>> ExportAsync(IStore store, string runId, string folder, CancellationToken cancellation)
    {
        var run = await store.FindRunAsync(runId, cancellation) ?? throw new NotFoundException($"There is no run '{runId}'.");
        // A callback leaves nothing for people, and a folder for each would bury what the runs left.
        if (run.Workflow == CallbackWorkflow.Name)
            return [];
        if (run.Workflow != StandardWorkflow.Name)
            return await ExportOwnAsync(store, run, folder, cancellation);
        var report = await RunReport.ReadAsync(store, runId, cancellation);
        var artifacts = (await store.ListArtifactsAsync(runId, null, cancellation)).ToLookup(artifact => artifact.StepIndex);
        var target = ExportFolder.Open(folder, runId);
        var export = new Export(store, runId, target, cancellation);

        if (artifacts[report.PlanStep?.Index ?? -1].FirstOrDefault(artifact => artifact.Name == PlanMarkdown.FileName) is { } plan)
            await export.CopyAsync(plan.Name, plan);
        foreach (var task in report.Tasks)
            await ExportTaskAsync(export, task, artifacts);
        // Written anew, not taken from the summary step: the run may be going on, or have gone on by a retry since.
        await export.WriteAsync(ReviewNotesMarkdown.FileName, ReviewNotesMarkdown.Write(report));
        await export.WriteAsync(SummaryMarkdown.FileName, SummaryMarkdown.Write(report));
        return export.Written;
    }

    /// <summary>Of a user's workflow: the files of its steps, at the top those of steps at the top and the others in the folders of their steps' keys, and a summary.</summary>
    private static async Task<IReadOnlyList<string>> ExportOwnAsync(IStore store, RunRecord run, string folder, CancellationToken cancellation)
    {
        var snapshot = RunSnapshots.Read(await store.FindSnapshotAsync(run.SnapshotHash, cancellation) ?? throw new StoreDamagedException($"The snapshot of run {run.Id} is missing"));
        var units = WorkUnit.Of(snapshot.Workflow, await store.AllStepsAsync(run.Id, cancellation));
        var artifacts = (await store.ListArtifactsAsync(run.Id, null, cancellation)).ToLookup(artifact => artifact.StepIndex);
        var export = new Export(store, run.Id, ExportFolder.Open(folder, run.Id), cancellation);
        var files = units.Where(unit => unit.Step.Status == StepStatus.Succeeded)
            .SelectMany(unit => artifacts[unit.Version].Select(artifact => (unit.Step.Key, Artifact: artifact, Path: unit.Step.Key.Contains('/', StringComparison.Ordinal) ? $"{unit.Step.Key}/{artifact.Name}" : artifact.Name)))
            .ToList();
        // At the top two may call their files the same, or as the summary is called: the later one in the workflow goes into a folder of its own.
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { SummaryMarkdown.FileName };
        foreach (var (key, artifact, path) in files)
            await export.CopyAsync(taken.Add(path) ? path : $"{key}/{artifact.Name}", artifact);
        await export.WriteAsync(SummaryMarkdown.FileName, CustomSummary.Write(run, units));
        return export.Written;
    }

    private static async Task ExportTaskAsync(Export export, TaskReport task, ILookup<int, ArtifactRecord> artifacts)
    {
        var folder = $"{StandardWorkflow.TaskKey(task.Task.Id)}/";
        var version = task.Version;
        var chosen = version is null ? [] : artifacts[version.Execution.Index].ToList();
        var names = chosen.Select(artifact => artifact.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var old in task.Rounds.SelectMany(round => artifacts[round.Execution.Index]).Where(old => !names.Contains(old.Name)))
            await export.RemoveAsync(folder + old.Name, old.Hash);
        foreach (var artifact in chosen)
            await export.CopyAsync(folder + artifact.Name, artifact);

        if (version is not null && !task.Accepted)
            await export.WriteAsync(folder + ArtifactName.NotAccepted, NotAcceptedText(task, version));
        else
            export.Target.Delete(folder + ArtifactName.NotAccepted);
    }

    private static string NotAcceptedText(TaskReport task, RoundReport version)
    {
        var text = new StringBuilder("# Not accepted\n\n");
        text.Append($"These files are round {version.Round} of task `{task.Task.Id}` ({MarkdownText.Line(task.Task.Title)}). ");
        text.Append($"No reviewer has accepted them. The task is {task.Outcome}.\n");
        if (task.Outcome is "failed" or "dead-lettered")
            text.Append($"\n{MarkdownText.Quote(task.Reason)}\n");
        else if (version.Notes.Length > 0)
            text.Append($"\n{MarkdownText.Quote(version.Notes)}\n");
        return text.ToString();
    }

    private sealed class Export(IStore store, string runId, ExportFolder target, CancellationToken cancellation)
    {
        private readonly List<string> _written = [];

        public ExportFolder Target => target;

        public ImmutableArray<string> Written => [.. _written];

        public async Task CopyAsync(string path, ArtifactRecord artifact)
        {
            if (!await target.HoldsAsync(path, artifact.Hash, cancellation))
                _written.Add(await target.WriteAsync(path, await store.ContentAsync(runId, artifact.Hash, cancellation), cancellation));
        }

        public async Task WriteAsync(string path, string text)
        {
            ReadOnlyMemory<byte> content = Encoding.UTF8.GetBytes(text);
            if (!await target.HoldsAsync(path, ContentHash.Of(content.Span), cancellation))
                _written.Add(await target.WriteAsync(path, content, cancellation));
        }

        public async Task RemoveAsync(string path, ContentHash written)
        {
            if (await target.HoldsAsync(path, written, cancellation))
                target.Delete(path);
        }
    }
}
