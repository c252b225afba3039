using System.Runtime.CompilerServices;
using System.Text;
using Ripieno.Callbacks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>
/// The way by which the CLI and the public coordinator start, watch, cancel and retry runs. It executes nothing: workers do, in this process or any other
/// on the same store.
/// </summary>
internal sealed class RunCoordinator(IStore store, TimeProvider time)
{
    private const int Page = 500;

    private readonly CallbackRuns _callbacks = new(store, time);

    /// <summary>A watcher looks at least this often, for what moves without a commit (waiting times, other machines' clocks).</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    /// <summary>Stores a run. When it returns, the run is accepted: it survives whatever the store's durability covers.</summary>
    /// <exception cref="ConflictException">The id belongs to a run with another backlog or other settings.</exception>
    /// <exception cref="InvalidInputException">The id has characters that ids may not have.</exception>
    public async Task<RunReceipt> StartAsync(RunRequest request, CancellationToken cancellation)
    {
        var id = request.Id ?? RunId.New(time);
        RunId.Check(id);
        RunId.CheckFree(id);
        var queue = request.Queue ?? StepClass.DefaultQueue;
        var placed = request.Snapshot.OnQueue(StepClass.DefaultQueue, queue);
        // What a caller asks for is the same whoever gets it.
        var fingerprinted = RunSnapshots.Write(placed);
        var instance = request.Spread == RunSpread.RoundRobin && (request.Id is null || await store.FindRunAsync(id, cancellation) is null)
            ? await RoundRobin.NextAsync(store, queue, cancellation)
            : null;
        if (instance is not null)
            placed = placed.OnQueue(queue, StepClass.Pinned(queue, instance));
        var workflow = placed.Workflow;
        var (steps, input) = request.Backlog is { } backlog ? StandardWorkflow.Begin(workflow, backlog) : (StepSpecs.In(workflow, null, StepInput.Top), request.Input);
        var title = request.Title ?? request.Backlog?.Title ?? workflow.Name;
        var snapshot = instance is null ? fingerprinted : RunSnapshots.Write(placed);
        var submission = new RunSubmission
        {
            Id = id,
            Fingerprint = Fingerprint(request, title, fingerprinted, input),
            Title = title,
            Workflow = workflow.Name,
            Tenant = request.Tenant,
            Priority = request.Priority,
            TenantWeight = request.TenantWeight,
            TenantMaxQueued = request.TenantMaxQueued,
            MaxDeathsAlone = request.MaxDeathsAlone,
            MaxParallel = workflow.MaxParallel,
            StopOnFailure = workflow.StopOnFailure,
            MaxSteps = workflow.MaxSteps,
            Snapshot = snapshot,
            Input = input,
            Steps = steps,
        };
        // Before the run itself: a process that is killed between the two then leaves callbacks without a run, and not a run whose end nobody is told.
        var callbacks = request.Snapshot.Callbacks;
        if (!callbacks.IsEmpty && await store.FindRunAsync(id, cancellation) is null)
            await RepeatAsync(async () => { await _callbacks.AcceptAsync(submission, callbacks, cancellation); return true; });
        var outcome = await RepeatAsync(() => store.SubmitAsync(submission, cancellation));
        if (outcome == SubmitOutcome.Created)
            await RepeatAsync(async () => { await _callbacks.ConfirmAsync(submission, callbacks, cancellation); return true; });
        return new(id, outcome == SubmitOutcome.Existing, instance);
    }

    /// <exception cref="NotFoundException">No such run; the message names the newest ones.</exception>
    public async Task<RunOverview> OverviewAsync(string runId, CancellationToken cancellation) =>
        await store.FindOverviewAsync(runId, cancellation) ?? throw await UnknownAsync(runId, cancellation);

    /// <summary>Newest first.</summary>
    /// <param name="status">Null = any.</param>
    /// <param name="before">Id of the last run of the previous page.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <param name="callbacks">Also those that only tell of the end of others.</param>
    public async Task<IReadOnlyList<RunRecord>> ListAsync(RunStatus? status, string? before, int count, CancellationToken cancellation, bool callbacks = false)
    {
        if (callbacks)
            return await store.ListRunsAsync(status, before, count, cancellation);
        var runs = new List<RunRecord>();
        while (true)
        {
            // Each run may have callbacks, so a page of what is wanted may take several of what there is.
            var size = Math.Max(count, 20);
            var page = await store.ListRunsAsync(status, before, size, cancellation);
            runs.AddRange(page.Where(run => run.Workflow != CallbackWorkflow.Name).Take(count - runs.Count));
            if (page.Count < size || runs.Count == count)
                return runs;
            before = page[^1].Id;
        }
    }

    /// <summary>Who is told of the end of a run, and how far that is.</summary>
    public Task<IReadOnlyList<CallbackState>> CallbacksAsync(RunRecord run, CancellationToken cancellation) => _callbacks.ListAsync(run, cancellation);

    /// <summary>Wakes the callbacks of a run if it has ended: for those who end runs without being workers.</summary>
    public Task WakeCallbacksAsync(string runId, CancellationToken cancellation) => _callbacks.WakeIfEndedAsync(runId, cancellation);

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
        var cancelled = await RepeatAsync(() => store.CancelAsync(runId, cancellation));
        await _callbacks.WakeIfEndedAsync(runId, cancellation);
        return cancelled;
    }

    /// <summary>Reopens what failed, of the whole run or of the steps named; finished steps keep their results. Its callbacks are told of the next end too.</summary>
    /// <returns>How many steps were reopened.</returns>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="ConflictException">The run is not failed, or a named step is not.</exception>
    public async Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation)
    {
        var run = (await OverviewAsync(runId, cancellation)).Run;
        await _callbacks.RearmAsync(run, cancellation);
        return await store.RetryAsync(runId, stepKeys, cancellation);
    }

    private static ContentHash Fingerprint(RunRequest request, string title, ReadOnlyMemory<byte> snapshot, ReadOnlyMemory<byte> input)
    {
        using var body = new MemoryStream();
        body.Write(snapshot.Span);
        body.WriteByte(0);
        body.Write(input.Span);
        body.WriteByte(0);
        body.Write(Encoding.UTF8.GetBytes($"{title}\0{request.Tenant}\0{request.Priority}{(request.Spread == RunSpread.Pull ? "" : $"\0{request.Spread}")}"));
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

    private async Task<RipienoException> UnknownAsync(string runId, CancellationToken cancellation)
    {
        var newest = await ListAsync(null, null, 3, cancellation);
        // In the list and not under its name: only a disk can have done that.
        if (newest.FirstOrDefault(run => run.Id == runId) is not null && await store.FindRunAsync(runId, cancellation) is null)
            return new StoreDamagedException($"Run '{runId}' is in the list of runs of {store.Description.Location} and cannot be found under its name");
        return new NotFoundException(newest.Count == 0
            ? $"There is no run '{runId}': the store {store.Description.Location} has no runs yet. Start one: ripieno run BACKLOG"
            : $"There is no run '{runId}' in {store.Description.Location}. The newest are: {string.Join(", ", newest.Select(run => run.Id))}. See: ripieno runs");
    }
}
