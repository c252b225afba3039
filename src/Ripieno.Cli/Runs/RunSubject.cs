using Ripieno.Agents.Custom;
using Ripieno.Cli.Display;
using Ripieno.Coordination;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows.Composing;

namespace Ripieno.Cli.Runs;

/// <summary>The run that a display shows, and where it looks things up.</summary>
internal sealed class RunSubject(string runId, RunBanner banner, IStore store, RunCoordinator coordinator, TimeProvider time)
{
    // Reading all steps of a wide run many times a second would cost more than showing the tasks a moment later is worth.
    private static readonly TimeSpan TaskPace = TimeSpan.FromSeconds(1);

    private IReadOnlyDictionary<string, string>? _titles;
    private (long Event, long At, IReadOnlyList<TaskRow> Rows) _tasks = (-1, 0, []);

    public string RunId => runId;

    public RunBanner Banner => banner;

    public RunCoordinator Coordinator => coordinator;

    /// <summary>Where the run is kept.</summary>
    public string StoreLocation => store.Description.Location;

    /// <summary>The worker of this process that executes the run; null for a mere watcher.</summary>
    public Worker? Worker { get; set; }

    public string? Instance { get; set; }

    /// <summary>Steps that another model answered than the one chosen.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<FallbackAnswer>>> FallbacksAsync { get; init; } = static _ => Task.FromResult<IReadOnlyList<FallbackAnswer>>([]);

    /// <summary>Told when the run's files should be written again; costs nothing when there is nothing to write.</summary>
    public Func<CancellationToken, Task> Export { get; set; } = static _ => Task.CompletedTask;

    public Task<RunOverview> OverviewAsync(CancellationToken cancellation) => coordinator.OverviewAsync(runId, cancellation);

    /// <summary>Whether a step has ended by doing nothing, because its condition did not hold.</summary>
    public async Task<bool> IsLeftOutAsync(string stepKey, CancellationToken cancellation) =>
        banner.Own is { } workflow && workflow.Steps.Any(step => step.Work?.When is not null)
            && await store.FindStepAsync(runId, stepKey, cancellation) is { } step && step.Result == StepOutcome.SkippedHash;

    /// <summary>Whether a step that goes on with others asks people for something.</summary>
    public async Task<bool> IsApprovalAsync(string stepKey, CancellationToken cancellation) =>
        banner.Own is { } workflow && workflow.Steps.Any(step => step.Work?.Approval is not null)
            && await store.FindStepAsync(runId, stepKey, cancellation) is { } step && workflow.StepsIn(step.Definition).Any(member => member.Executor == WorkflowComposer.Approval);

    public async Task<IReadOnlyList<TaskRow>> TasksAsync(RunOverview overview, CancellationToken cancellation)
    {
        var isStale = overview.LastEvent != _tasks.Event && (overview.Run.Status != RunStatus.Running || time.GetElapsedTime(_tasks.At) >= TaskPace);
        if (_tasks.At == 0 || isStale)
        {
            if (banner.Own is null)
                _titles ??= await TaskTitles.FindAsync(store, runId, cancellation);
            var steps = await coordinator.StepsAsync(runId, cancellation);
            var tasks = banner.Own is { } workflow
                ? UnitRows.Of(workflow, steps, await ApprovalDecisions.ReadAsync(store, runId, workflow, steps, cancellation), time.GetUtcNow())
                : TaskRows.Of(steps, _titles, time.GetUtcNow());
            _tasks = (overview.LastEvent, time.GetTimestamp(), tasks);
        }

        return _tasks.Rows;
    }
}
