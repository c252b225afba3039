using System.Collections.Concurrent;
using Ripieno.Storage;

namespace Ripieno.Redis;

/// <summary>
/// Steps that the store counts as an instance's own, and of which the instance knows nothing: a server that lost its last commits lost the report that ended them, or a claim's answer never came. Each
/// heartbeat would keep them so for ever. They are handed back: executed once more, or found by somebody who is free.
/// </summary>
internal sealed class Strays(Claims claims, Upkeep upkeep)
{
    private readonly ConcurrentDictionary<Guid, byte> _mine = [];
    private readonly ConcurrentDictionary<(Guid, int), bool> _suspected = [];

    /// <summary>Only of instances that claim and report through this store everything is known that they do.</summary>
    public void Mine(Guid incarnation) => _mine[incarnation] = 0;

    public void Forget(Guid incarnation) => _mine.TryRemove(incarnation, out _);

    /// <param name="incarnation">Who.</param>
    /// <param name="partition">Where.</param>
    /// <param name="held">Steps that it holds, as the store counts them.</param>
    /// <param name="listed">Those that it says it holds.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task LookAsync(Guid incarnation, Partition partition, int held, IReadOnlyCollection<StepLease> listed, CancellationToken cancellation)
    {
        var key = (incarnation, partition.Index);
        if (held <= Math.Max(listed.Count, claims.Held(incarnation, partition).Count) || !_mine.ContainsKey(incarnation))
        {
            _suspected.TryRemove(key, out _);
            return;
        }

        // The first time it may be a claim on its way. After that none is waited for, and none can begin.
        if (_suspected.TryAdd(key, true))
            return;
        await claims.AloneAsync(
            incarnation,
            async () =>
            {
                if (await upkeep.OwnerAsync(partition, incarnation, cancellation) is not { } owner)
                    return;
                var known = claims.Held(incarnation, partition).Concat(listed).Select(lease => (lease.RunId, lease.StepIndex)).ToHashSet();
                await upkeep.TakeAsync(partition, owner, "stopped", cancellation, place => !known.Contains((place.RunId, place.Index)));
            },
            cancellation);
        _suspected.TryRemove(key, out _);
    }
}
