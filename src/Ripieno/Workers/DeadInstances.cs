using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// Registrations of processes of this machine that are gone: ended at once, so that their steps need not wait for the lease. Of other machines' processes only the
/// lease tells.
/// </summary>
internal static class DeadInstances
{
    /// <param name="store">Where they are registered.</param>
    /// <param name="self">The instance that asks, which is never dead; null for a process that is none.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>Who is registered and not dead, as far as can be told from here; who was dead, and how many steps each had held.</returns>
    public static async Task<(IReadOnlyList<InstanceRecord> Others, IReadOnlyList<(InstanceRecord Instance, int Steps)> Dead)> EndAsync(IStore store, Guid? self, CancellationToken cancellation)
    {
        var others = new List<InstanceRecord>();
        var ended = new List<(InstanceRecord, int)>();
        foreach (var instance in await store.ListInstancesAsync(cancellation))
        {
            if (instance.Incarnation == self || ProcessIdentity.MayLive(instance, store.Description.OneMachine))
                others.Add(instance);
            else
                ended.Add((instance, await store.EndInstanceAsync(instance.Incarnation, InstanceEnd.Died, cancellation)));
        }

        return (others, ended);
    }
}
