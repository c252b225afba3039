using System.Runtime.CompilerServices;
using System.Text.Json;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Custom;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno;

/// <content>Reading runs, and controlling them.</content>
public sealed partial class AgentCoordinator
{
    private const int Page = 500;

    /// <summary>A run as it stands; null when there is none of that id.</summary>
    public async Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellation = default) =>
        await _parts.FindAsync(runId, cancellation) is { } run ? WorkflowRun.Of(run) : null;

    /// <summary>Runs, newest first.</summary>
    /// <param name="status">Only those that are there; null = all.</param>
    /// <param name="before">Those older than this run: the last id of the page before; null = from the newest.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<IReadOnlyList<WorkflowRun>> ListAsync(RunStatus? status = null, string? before = null, int count = 50, CancellationToken cancellation = default)
    {
        var coordinator = await _parts.CoordinatorAsync(cancellation);
        return [.. (await coordinator.ListAsync(status, before, count, cancellation)).Select(WorkflowRun.Of)];
    }

    /// <summary>The steps of a run, in the order in which they were added; read page by page, so that a run may be wide.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async IAsyncEnumerable<RunStep> StepsAsync(string runId, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var store = await _parts.StoreAsync(cancellation);
        await (await _parts.CoordinatorAsync(cancellation)).OverviewAsync(runId, cancellation);
        for (var after = -1; ;)
        {
            var page = await store.ListStepsAsync(runId, after, Page, cancellation);
            foreach (var step in page)
                yield return RunStep.Of(step);
            if (page.Count < Page)
                yield break;
            after = page[^1].Index;
        }
    }

    /// <summary>The run now, and again whenever it may have changed (every 50 ms at most), until it has ended.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async IAsyncEnumerable<WorkflowRun> WatchAsync(string runId, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _disposed.Token);
        var coordinator = await _parts.CoordinatorAsync(either.Token);
        await foreach (var overview in coordinator.WatchAsync(runId, WatchPace, either.Token))
            yield return WorkflowRun.Of(overview.Run);
    }

    /// <summary>What happened to a run, in order.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="after">Number of the last event that is known already; 0 = from the beginning.</param>
    /// <param name="follow">Also those to come, until the run has ended.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async IAsyncEnumerable<WorkflowEvent> EventsAsync(string runId, long after = 0, bool follow = false, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _disposed.Token);
        var coordinator = await _parts.CoordinatorAsync(either.Token);
        await foreach (var happened in coordinator.EventsAsync(runId, after, follow, either.Token))
            yield return WorkflowEvent.Of(happened);
    }

    /// <summary>The result of a step of a workflow of one's own: of a list the list of its results, of a group an object, of a reviewed step the accepted version.</summary>
    /// <typeparam name="T">What it is read as, by the coordinator's JSON options; <c>string</c> takes a text, and anything else as JSON.</typeparam>
    /// <param name="runId">The run.</param>
    /// <param name="step">Key of the step: <c>report</c>, <c>texts/welcome-de/draft</c>.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Null (the default of <typeparamref name="T"/>) when it has none: it was left out, failed, or is not done yet.</returns>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="JsonException">It cannot be read as that.</exception>
    public async Task<T?> ValueAsync<T>(string runId, string step, CancellationToken cancellation = default)
    {
        var (store, snapshot) = await _parts.SnapshotAsync(runId, cancellation);
        var record = await store.FindStepAsync(runId, step, cancellation)
            ?? throw new NotFoundException($"Run '{runId}' has no step '{step}'. See: ripieno show {runId}");
        var definition = snapshot.Workflow.Step(record.Definition);
        if (definition.Work is null)
            throw new NotFoundException($"Steps of the workflow '{snapshot.Workflow.Name}' have no values for programs; its files have what it made: use {nameof(ExportAsync)}.");
        var value = await new RunResults(store, runId, snapshot.Workflow).ValueAsync(definition, step, cancellation);
        if (value is null)
            return default;
        if (typeof(T) == typeof(string))
            return (T)(object)(value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString());
        try
        {
            return value.Deserialize<T>(_parts.Json);
        }
        catch (JsonException exception)
        {
            throw new JsonException($"The result of step '{step}' of run '{runId}' cannot be read as {typeof(T).Name}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes a run's files below a folder, in one that is called as the run: of each step the accepted version, and a <c>summary.md</c>. May be repeated; unchanged files are left alone.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="folder">Null = the config's <c>runtime.artifacts</c>; relative to the project folder.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>Full paths of the files that were written.</returns>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<IReadOnlyList<string>> ExportAsync(string runId, string? folder = null, CancellationToken cancellation = default)
    {
        var target = _parts.Configuration.Absolute(folder ?? _parts.Configuration.Options.Runtime.Artifacts);
        return await ArtifactExport.ExportAsync(await _parts.StoreAsync(cancellation), runId, target, cancellation);
    }

    /// <summary>When it returns, no step of the run starts any more, and calls under way are being aborted.</summary>
    /// <returns>False when it had ended already.</returns>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<bool> CancelAsync(string runId, CancellationToken cancellation = default) => await (await _parts.CoordinatorAsync(cancellation)).CancelAsync(runId, cancellation);

    /// <summary>Opens a failed run again: what failed, and what was skipped because of it, is done once more; finished steps keep their results. A worker executes it, or <see cref="ExecuteWorkflowAsync"/> with the same id and content.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="steps">Keys of failed steps; null = all of them.</param>
    /// <param name="cancellation">Gives up waiting for the store's answer.</param>
    /// <returns>How many steps were opened again.</returns>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="ConflictException">The run has not failed, or a named step has not.</exception>
    public async Task<int> RetryAsync(string runId, IReadOnlyCollection<string>? steps = null, CancellationToken cancellation = default) =>
        await (await _parts.CoordinatorAsync(cancellation)).RetryAsync(runId, steps ?? [], cancellation);

    /// <summary>What a run asks people to approve now.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<IReadOnlyList<ApprovalQuestion>> ApprovalsAsync(string runId, CancellationToken cancellation = default) =>
        [.. (await (await _parts.ApprovalsAsync(cancellation)).ListAsync(runId, cancellation)).Select(one => new ApprovalQuestion(one.Run, one.Step, one.Question))];

    /// <summary>Decides an approval. Of two who decide at once, one does.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="step">Key of the approval, as <see cref="ApprovalsAsync"/> has it.</param>
    /// <param name="approved">Yes or no.</param>
    /// <param name="by">Who decides; stands in the result.</param>
    /// <param name="note">Why.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotFoundException">No such run, or it asks for no such approval.</exception>
    /// <exception cref="ConflictException">It was decided before, or the run has ended.</exception>
    public async Task ApproveAsync(string runId, string step, bool approved, string by, string note = "", CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        await (await _parts.ApprovalsAsync(cancellation)).DecideAsync(runId, step, new(approved, note, by), cancellation);
    }
}
