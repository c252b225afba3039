using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Workflows;

namespace Ripieno;

/// <content>Starting and executing.</content>
public sealed partial class AgentCoordinator
{
    private static readonly TimeSpan WatchPace = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Accepts a run and executes it in this process, in the coordinator's slots, to its end. The id is also what makes it safe to repeat: the same id and content are the same run, which is joined, or
    /// whose end is returned, and never done twice.
    /// </summary>
    /// <param name="workflowId">Id of the run: 1 to 100 letters, digits, <c>-</c>, <c>_</c>, <c>.</c>.</param>
    /// <param name="workflow">Name of the workflow. Default: the built-in one, which plans, executes and reviews a backlog.</param>
    /// <param name="input">
    /// What it works on: a text, or anything that can be written as JSON. For the built-in workflow a backlog: a file's path, Markdown or JSON text, a sentence, or objects with <c>title</c>,
    /// <c>description</c>, <c>priority</c>, <c>dependencies</c>; null = the project's <c>backlog.md</c> or <c>backlog.json</c>.
    /// </param>
    /// <param name="options">Title, tenant, priority.</param>
    /// <param name="cancellation">Stops executing and hands back what is under way. The run is kept: call again with the same id to go on, or <see cref="CancelAsync"/> it.</param>
    /// <returns>How it ended; a run that failed is no exception, see <see cref="RunResult.EnsureSucceeded"/>.</returns>
    /// <exception cref="ConflictException">The id belongs to a run with other content.</exception>
    /// <exception cref="InvalidInputException">The input, the workflow's prompts or the id are wrong.</exception>
    /// <exception cref="NotFoundException">There is no such workflow.</exception>
    /// <exception cref="EndpointUnavailableException">No endpoint of a provider is there, or none has the model; nothing was accepted.</exception>
    public async Task<RunResult> ExecuteWorkflowAsync(
        string workflowId, string workflow = StandardWorkflow.Name, object? input = null, RunOptions? options = null, CancellationToken cancellation = default)
    {
        var accepted = await AcceptAsync(workflow, input, workflowId, options ?? new(), callbacks: null, cancellation);
        return await ExecuteAsync(accepted.Id, cancellation);
    }

    /// <summary>The same for the built-in workflow: plans, executes and reviews a backlog.</summary>
    /// <inheritdoc cref="ExecuteWorkflowAsync"/>
    /// <param name="backlog">A file's path, Markdown or JSON text, a sentence, or objects with <c>title</c>, <c>description</c>, <c>priority</c>, <c>dependencies</c>; null = the project's <c>backlog.md</c> or <c>backlog.json</c>.</param>
    /// <param name="workflowId">Id of the run; null = one is made.</param>
    /// <param name="options">Title, tenant, priority.</param>
    /// <param name="cancellation">Stops executing; the run is kept.</param>
    public async Task<RunResult> RunStandardWorkflowAsync(object? backlog = null, string? workflowId = null, RunOptions? options = null, CancellationToken cancellation = default)
    {
        var accepted = await AcceptAsync(StandardWorkflow.Name, backlog, workflowId, options ?? new(), callbacks: null, cancellation);
        return await ExecuteAsync(accepted.Id, cancellation);
    }

    /// <summary>Accepts a run and returns; a worker on the same store executes it (<see cref="RunWorkerAsync"/>, a hosted worker, <c>ripieno worker</c>).</summary>
    /// <inheritdoc cref="ExecuteWorkflowAsync"/>
    /// <param name="workflow">Name of the workflow.</param>
    /// <param name="input">What it works on, as in <see cref="ExecuteWorkflowAsync"/>.</param>
    /// <param name="workflowId">Id of the run; null = one is made.</param>
    /// <param name="options">Title, tenant, priority.</param>
    /// <param name="cancellation">Gives up waiting for the store's answer; whether the run was accepted is unknown then, and a repetition with the same id finds out.</param>
    /// <returns>Its id.</returns>
    public Task<AcceptedRun> SubmitAsync(
        string workflow = StandardWorkflow.Name, object? input = null, string? workflowId = null, RunOptions? options = null, CancellationToken cancellation = default) =>
        AcceptAsync(workflow, input, workflowId, options ?? new(), (options ?? new()).Callbacks, cancellation);

    /// <param name="workflow">Its name.</param>
    /// <param name="input">What it works on.</param>
    /// <param name="workflowId">Id of the run.</param>
    /// <param name="options">How it is served.</param>
    /// <param name="callbacks">Null = it is executed here, and nobody is told.</param>
    /// <param name="cancellation">Gives up.</param>
    private async Task<AcceptedRun> AcceptAsync(
        string workflow, object? input, string? workflowId, RunOptions options, IReadOnlyList<string>? callbacks, CancellationToken cancellation)
    {
        if (callbacks is null && options.Callbacks.Count > 0)
            throw new ArgumentException("Callbacks are for runs that are submitted: whoever executes a run itself sees its end.", nameof(options));
        var isStandard = workflow == StandardWorkflow.Name;
        var configuration = _parts.Configuration;
        var backlog = isStandard ? _parts.Backlog(input) : null;
        var work = isStandard || input is null ? null : _parts.Input(input);
        var request = RunRequests.Of(configuration, workflow, backlog, work, options.Tenant, callbacks, ("input", "callbacks"));
        request = request with { Id = workflowId, Title = options.Title ?? request.Title, Priority = options.Priority ?? request.Priority, Queue = options.Queue };
        if (options.RoundRobin && callbacks is not null)
            request = request with { Spread = RunSpread.RoundRobin };
        var coordinator = await _parts.CoordinatorAsync(cancellation);
        // A run that was accepted before is not held up by an endpoint that has gone since.
        if (options.CheckEndpoints && (workflowId is null || await _parts.FindAsync(workflowId, cancellation) is null))
            await _parts.CheckEndpointsAsync(request.Snapshot, cancellation);
        var receipt = await coordinator.StartAsync(request, cancellation);
        return new(receipt.Id, receipt.Existing);
    }

    /// <summary>Waits for the end of a run, whoever executes it.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<RunResult> WaitAsync(string runId, CancellationToken cancellation = default)
    {
        await foreach (var _ in WatchAsync(runId, cancellation))
        {
            // Until it ends.
        }

        var run = await FindAsync(runId, cancellation) ?? throw new NotFoundException($"The run '{runId}' was deleted.");
        var failed = run.FailedSteps > 0 ? await FailedAsync(runId, cancellation) : [];
        return new(this, run, failed);
    }

    /// <summary>
    /// Executes steps of all runs on the store that it has the agents for, as <c>ripieno worker</c> does, until it is told to stop, by the token or by <c>ripieno worker --drain</c>. Then nothing new begins, steps under way may finish for
    /// <paramref name="grace"/>, and the rest is handed back.
    /// </summary>
    /// <param name="stop">Tells it to stop; the method returns, it does not throw.</param>
    /// <param name="grace">Default 30 s.</param>
    /// <exception cref="ConflictException">A live instance has the same id.</exception>
    public async Task RunWorkerAsync(CancellationToken stop, TimeSpan? grace = null)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _disposed.Token);
        try
        {
            await _parts.BeginAllAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return;
        }

        // Told by whoever called, or by 'ripieno worker --drain'.
        await Task.WhenAny(_parts.DrainAsked, Task.Delay(Timeout.InfiniteTimeSpan, _parts.Time, either.Token));
        await _parts.EndAllAsync(grace ?? TimeSpan.FromSeconds(30), _disposed.Token);
    }

    private async Task<RunResult> ExecuteAsync(string runId, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _disposed.Token);
        // Its end is known: nothing is to be executed, and no instance to be registered for it.
        if (await FindAsync(runId, either.Token) is { IsEnded: true })
            return await WaitAsync(runId, either.Token);
        await using var part = await _parts.WorkOnAsync(runId, either.Token);
        return await WaitAsync(runId, either.Token);
    }

    private async Task<IReadOnlyList<RunStep>> FailedAsync(string runId, CancellationToken cancellation)
    {
        var failed = new List<RunStep>();
        await foreach (var step in StepsAsync(runId, cancellation))
        {
            if (step.Status is StepStatus.Failed or StepStatus.DeadLettered && step.Reason is { Length: > 0 })
                failed.Add(step);
        }

        // A step that is reviewed ends with its last review, and for the same reason.
        return [.. failed.Where(step => !failed.Exists(other => other.Reason == step.Reason && step.Key.StartsWith($"{other.Key}/", StringComparison.Ordinal)))];
    }
}
