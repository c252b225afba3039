using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>Steps that were given up because executing them ends instances: what became of them, and another try.</summary>
internal sealed class DeadLetters(IStore store, RunCoordinator coordinator)
{
    private const int Most = 100_000;

    /// <summary>Newest first, of one run or of all.</summary>
    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(string? runId, int count, CancellationToken cancellation)
    {
        if (runId is not null)
            _ = await coordinator.OverviewAsync(runId, cancellation);
        return await store.ListDeadLettersAsync(runId, count, cancellation);
    }

    /// <summary>One of them, by the key of its step or the id of its task.</summary>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="ConflictException">The step was not given up.</exception>
    public async Task<DeadLetter> FindAsync(string runId, string name, CancellationToken cancellation)
    {
        var all = await ListAsync(runId, Most, cancellation);
        return Named(all, name) is [var letter, ..] ? letter : throw await NotGivenUpAsync(runId, name, cancellation);
    }

    /// <summary>Executions of a step that ended with their instance, oldest first.</summary>
    public async Task<IReadOnlyList<StepDeath>> DeathsAsync(DeadLetter letter, CancellationToken cancellation)
    {
        var deaths = new List<StepDeath>();
        await foreach (var happened in coordinator.EventsAsync(letter.RunId, 0, follow: false, cancellation))
        {
            if (happened.StepKey == letter.Step.Key && StepDeath.Of(happened) is { } death)
                deaths.Add(death);
        }

        return deaths;
    }

    /// <summary>What the step was given; empty when nothing was.</summary>
    public async Task<ReadOnlyMemory<byte>> InputAsync(DeadLetter letter, CancellationToken cancellation) =>
        letter.Step.Input is { } hash && await store.FindContentAsync(letter.RunId, hash, cancellation) is { } input ? input : default;

    /// <summary>Reopens those named, all of the run when none is; what failed otherwise stays as it is.</summary>
    /// <returns>How many steps are open again, those that were skipped because of them included.</returns>
    /// <exception cref="NotFoundException">No such run, or no such step in it.</exception>
    /// <exception cref="ConflictException">The run has not ended, or nothing of what is meant was given up.</exception>
    public async Task<int> RetryAsync(string runId, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var all = await ListAsync(runId, Most, cancellation);
        if (all.Count == 0 && names.Count == 0)
            throw new ConflictException($"No step of run {runId} was given up, so there is nothing to retry. What failed otherwise: ripieno retry {runId}");
        var letters = names.Count == 0 ? all : [.. await MeantAsync(runId, all, names, cancellation)];
        if ((await coordinator.OverviewAsync(runId, cancellation)).Run.Status == RunStatus.Running)
            throw new ConflictException($"Run {runId} has not ended yet; what was given up can be retried then. To follow it: ripieno watch {runId}");
        return await coordinator.RetryAsync(runId, [.. letters.Select(letter => letter.Step.Key).Distinct(StringComparer.Ordinal)], cancellation);
    }

    private async Task<IEnumerable<DeadLetter>> MeantAsync(
        string runId, IReadOnlyList<DeadLetter> all, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var meant = new List<DeadLetter>();
        foreach (var name in names)
            meant.AddRange(Named(all, name) is { Count: > 0 } found ? found : throw await NotGivenUpAsync(runId, name, cancellation));
        return meant;
    }

    private static List<DeadLetter> Named(IReadOnlyList<DeadLetter> all, string name)
    {
        var exact = all.Where(letter => letter.Step.Key == name).ToList();
        return exact.Count > 0 ? exact : [.. all.Where(letter => StandardWorkflow.TaskOf(letter.Step.Key) == name)];
    }

    private async Task<RipienoException> NotGivenUpAsync(string runId, string name, CancellationToken cancellation)
    {
        var step = await store.FindStepAsync(runId, name, cancellation) ?? await store.FindStepAsync(runId, StandardWorkflow.TaskKey(name), cancellation);
        var next = step is { Status: StepStatus.Failed } ? $"To try it again: ripieno retry {runId} {name}" : $"See: ripieno dead-letter list {runId}";
        return step is null
            ? new NotFoundException($"Run {runId} has no step '{name}'. See: ripieno dead-letter list {runId}")
            : new ConflictException($"Step '{step.Key}' of run {runId} was not given up, it is {step.Status.ToString().ToLowerInvariant()}. {next}");
    }
}
