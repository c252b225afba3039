using System.Runtime.CompilerServices;
using System.Text;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>
/// The way by which programs and the CLI start, watch, cancel and retry runs. It executes nothing: workers do, in this process or any other
/// on the same store.
/// </summary>
internal sealed class AgentCoordinator(IStore store, TimeProvider time)
{
    private const int Page = 500;

    /// <summary>A watcher looks at least this often, for what moves without a commit (waiting times, other machines' clocks).</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    /// <summary>Stores a run. When it returns, the run is accepted: it survives whatever the store's durability covers.</summary>
    /// <exception cref="ConflictException">The id belongs to a run with another backlog or other settings.</exception>
    /// <exception cref="InvalidInputException">The id has characters that ids may not have.</exception>
    public async Task<RunReceipt> StartAsync(RunRequest request, CancellationToken cancellation)
    {
        var id = request.Id ?? RunId.New(time);
        RunId.Check(id);
        var workflow = request.Snapshot.Workflow;
        var (steps, input) = request.Backlog is { } backlog ? StandardWorkflow.Begin(workflow, backlog) : (StepSpecs.In(workflow, null, StepInput.Top), request.Input);
        var title = request.Title ?? request.Backlog?.Title ?? workflow.Name;
        var snapshot = RunSnapshots.Write(request.Snapshot);
        var submission = new RunSubmission
        {
            Id = id,
            Fingerprint = Fingerprint(request, title, snapshot, input),
            Title = title,
            Workflow = workflow.Name,
            Tenant = request.Tenant,
            Priority = request.Priority,
            TenantWeight = request.TenantWeight,
            MaxDeathsAlone = request.MaxDeathsAlone,
            MaxParallel = workflow.MaxParallel,
            StopOnFailure = workflow.StopOnFailure,
            MaxSteps = workflow.MaxSteps,
            Snapshot = snapshot,
            Input = input,
            Steps = steps,
        };
        var outcome = await RepeatAsync(() => store.SubmitAsync(submission, cancellation));
        return new(id, outcome == SubmitOutcome.Existing);
    }

    /// <exception cref="NotFoundException">No such run; the message names the newest ones.</exception>
    public async Task<RunOverview> OverviewAsync(string runId, CancellationToken cancellation) =>
        await store.FindOverviewAsync(runId, cancellation) ?? throw await UnknownAsync(runId, cancellation);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<RunRecord>> ListAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) =>
        store.ListRunsAsync(status, before, count, cancellation);

    /// <summary>All steps, in the order added.</summary>
    public async Task<IReadOnlyList<StepRecord>> StepsAsync(string runId, CancellationToken cancellation)
    {
        var steps = new List<StepRecord>();
        while (true)
        {
            var page = await store.ListStepsAsync(runId, steps.Count == 0 ? -1 : steps[^1].Index, Page, cancellation);
            steps.AddRange(page);
            if (page.Count < Page)
                return steps;
        }
    }

    /// <summary>The run now, then again whenever something may have changed (every <paramref name="pace"/> at most), until it is terminal.</summary>
    public async IAsyncEnumerable<RunOverview> WatchAsync(string runId, TimeSpan pace, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = 0L;
        while (true)
        {
            seen = await store.WaitForChangeAsync(seen, TimeSpan.Zero, cancellation);
            var overview = await OverviewAsync(runId, cancellation);
            yield return overview;
            if (overview.Run.Status != RunStatus.Running)
                yield break;
            var looked = time.GetTimestamp();
            await store.WaitForChangeAsync(seen, LongestSilence, cancellation);
            if (pace - time.GetElapsedTime(looked) is var rest && rest > TimeSpan.Zero)
                await Task.Delay(rest, time, cancellation);
        }
    }

    /// <summary>Events after number <paramref name="after"/>, and with <paramref name="follow"/> those to come until the run is terminal.</summary>
    public async IAsyncEnumerable<RunEvent> EventsAsync(string runId, long after, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = 0L;
        while (true)
        {
            seen = await store.WaitForChangeAsync(seen, TimeSpan.Zero, cancellation);
            var run = (await OverviewAsync(runId, cancellation)).Run;
            var page = await store.ListEventsAsync(runId, after, Page, cancellation);
            foreach (var item in page)
            {
                after = item.Number;
                yield return item;
            }

            if (page.Count == Page)
                continue;
            if (!follow || run.Status != RunStatus.Running)
                yield break;
            await store.WaitForChangeAsync(seen, LongestSilence, cancellation);
        }
    }

    /// <summary>When it returns, no step of the run starts any more and calls in flight are being aborted. False when it was terminal already.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<bool> CancelAsync(string runId, CancellationToken cancellation)
    {
        _ = await OverviewAsync(runId, cancellation);
        return await RepeatAsync(() => store.CancelAsync(runId, cancellation));
    }

    /// <summary>Reopens what failed, of the whole run or of the steps named; finished steps keep their results.</summary>
    /// <returns>How many steps were reopened.</returns>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="ConflictException">The run is not failed, or a named step is not.</exception>
    public async Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation)
    {
        _ = await OverviewAsync(runId, cancellation);
        return await store.RetryAsync(runId, stepKeys, cancellation);
    }

    private static ContentHash Fingerprint(RunRequest request, string title, ReadOnlyMemory<byte> snapshot, ReadOnlyMemory<byte> input)
    {
        using var body = new MemoryStream();
        body.Write(snapshot.Span);
        body.WriteByte(0);
        body.Write(input.Span);
        body.WriteByte(0);
        body.Write(Encoding.UTF8.GetBytes($"{title}\0{request.Tenant}\0{request.Priority}"));
        return ContentHash.Of(body.ToArray());
    }

    /// <summary>Repeats an operation whose outcome the store could not tell; it is repeatable by its own identity.</summary>
    private async Task<T> RepeatAsync<T>(Func<Task<T>> operation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await operation();
            }
            catch (OutcomeUnknownException) when (tries < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 * tries), time);
            }
        }
    }

    private async Task<NotFoundException> UnknownAsync(string runId, CancellationToken cancellation)
    {
        var newest = await store.ListRunsAsync(null, null, 3, cancellation);
        return new(newest.Count == 0
            ? $"There is no run '{runId}': the store {store.Description.Location} has no runs yet. Start one: ripieno run BACKLOG"
            : $"There is no run '{runId}' in {store.Description.Location}. The newest are: {string.Join(", ", newest.Select(run => run.Id))}. See: ripieno runs");
    }
}
