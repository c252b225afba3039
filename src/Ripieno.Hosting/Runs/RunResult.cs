using Ripieno.Runs;

namespace Ripieno;

/// <summary>How a run ended, and the way to what it left.</summary>
public sealed class RunResult
{
    private readonly AgentCoordinator _coordinator;

    internal RunResult(AgentCoordinator coordinator, WorkflowRun run, IReadOnlyList<RunStep> failed) => (_coordinator, Run, Failed) = (coordinator, run, failed);

    /// <summary>The run at its end.</summary>
    public WorkflowRun Run { get; }

    /// <summary>Every step is done and none failed.</summary>
    public bool Succeeded => Run.Status == RunStatus.Succeeded;

    /// <summary>Steps that failed by their own work, with their reasons; those that were skipped because of them are not listed.</summary>
    public IReadOnlyList<RunStep> Failed { get; }

    /// <inheritdoc cref="AgentCoordinator.ValueAsync{T}"/>
    public Task<T?> ValueAsync<T>(string step, CancellationToken cancellation = default) => _coordinator.ValueAsync<T>(Run.Id, step, cancellation);

    /// <summary>Writes the run's files and its <c>summary.md</c>.</summary>
    /// <inheritdoc cref="AgentCoordinator.ExportAsync"/>
    public Task<IReadOnlyList<string>> ExportAsync(string? folder = null, CancellationToken cancellation = default) => _coordinator.ExportAsync(Run.Id, folder, cancellation);

    /// <summary>The same result, or an exception when the run did not succeed.</summary>
    /// <exception cref="RunFailedException">It failed or was cancelled.</exception>
    public RunResult EnsureSucceeded() => Succeeded ? this : throw new RunFailedException(this);
}
