namespace Ripieno.Benchmarks.Peers;

/// <summary>The peers that were asked for. One that cannot be measured is named with its reason, never left out in silence.</summary>
internal sealed class PeerSet(IReadOnlyList<string> names)
{
    public const string None = "none";

    private readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ready = new(StringComparer.Ordinal);

    public static IReadOnlyList<Peer> All { get; } = [new BullMq(), new OrleansSilo(), new CeleryWorker(), new BareScript()];

    /// <summary>Why peers were not measured, by their names.</summary>
    public IReadOnlyDictionary<string, string> Missing => _missing;

    public async Task<bool> IsReadyAsync(string name, CancellationToken cancellation)
    {
        if (!names.Contains(name, StringComparer.Ordinal))
            _missing.TryAdd(name, "not asked for (--peers)");
        if (_missing.ContainsKey(name))
            return false;
        if (_ready.Contains(name))
            return true;
        try
        {
            await Find(name).PrepareAsync(cancellation);
            return _ready.Add(name);
        }
        catch (PeerException e)
        {
            _missing.Add(name, e.Message);
            return false;
        }
    }

    /// <returns>Null when it failed, which is kept as the reason why it is missing from then on.</returns>
    public async Task<PeerFigures?> MeasureAsync(string name, string mode, int count, string endpoint, CancellationToken cancellation)
    {
        try
        {
            return await Find(name).MeasureAsync(mode, count, endpoint, cancellation);
        }
        catch (PeerException e)
        {
            _missing.Add(name, $"{mode}: {e.Message}");
            return null;
        }
    }

    private static Peer Find(string name) => All.Single(peer => peer.Name == name);
}
