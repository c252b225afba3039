using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Drills;

/// <summary>The run of a drill in a store.</summary>
/// <param name="store">The store.</param>
/// <param name="id">Of the run.</param>
internal sealed class DrillRun(IStore store, string id)
{
    /// <summary>More than any drill makes.</summary>
    private const int Most = 10_000;

    public Task<IReadOnlyList<StepRecord>> StepsAsync(CancellationToken cancellation) => store.ListStepsAsync(id, -1, Most, cancellation);

    public Task<IReadOnlyList<RunEvent>> EventsAsync(CancellationToken cancellation) => store.ListEventsAsync(id, 0, Most, cancellation);

    public async Task<bool> HasEndedAsync(CancellationToken cancellation) => await store.FindRunAsync(id, cancellation) is not { Status: RunStatus.Running };

    /// <summary>
    /// Leaves nothing of the drill in the store but its hourly figures: ends the registrations of its workers, which are gone, then the run, and deletes it. Repeatable, also while another does the same.
    /// </summary>
    /// <param name="instances">Ids of the drill's workers.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RemoveAsync(IReadOnlyCollection<string> instances, CancellationToken cancellation)
    {
        foreach (var instance in await store.ListInstancesAsync(cancellation))
        {
            if (instances.Contains(instance.Id))
                await store.EndInstanceAsync(instance.Incarnation, InstanceEnd.Stopped, cancellation);
        }

        if (await store.FindRunAsync(id, cancellation) is { Status: RunStatus.Running })
            await store.CancelAsync(id, cancellation);
        await store.DeleteRunsAsync([id], cancellation);
        await store.SettleAsync(cancellation);
    }
}
