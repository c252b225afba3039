using System.Collections.Concurrent;
using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Workers;

/// <summary>Snapshots of the runs at work, read once. Most runs share theirs, so a few are enough.</summary>
internal sealed class Snapshots(IStore store)
{
    private const int Count = 64;

    private readonly ConcurrentDictionary<ContentHash, RunSnapshot> _known = [];

    /// <summary>Null when it was not read yet, or was forgotten.</summary>
    public RunSnapshot? Known(ContentHash hash) => _known.GetValueOrDefault(hash);

    public async Task<RunSnapshot> GetAsync(ContentHash hash, CancellationToken cancellation)
    {
        if (_known.TryGetValue(hash, out var known))
            return known;
        var stored = await store.FindSnapshotAsync(hash, cancellation)
            ?? throw new StoreDamagedException($"Snapshot {hash} is missing");
        var snapshot = RunSnapshots.Read(stored);
        if (_known.Count >= Count)
            _known.Clear();
        return _known[hash] = snapshot;
    }
}
