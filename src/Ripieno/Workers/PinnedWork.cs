using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// Steps that are pinned to instances: a worker takes those pinned to itself, and those of instances that are gone, of the classes that it executes anyhow. Nothing is moved in the store when an instance is
/// lost, so nothing can be half moved: whoever lives serves the dead one's queues, until it comes back under its name.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="instance">The worker's own id.</param>
/// <param name="classes">What it executes.</param>
/// <param name="time">Its clock.</param>
internal sealed class PinnedWork(IStore store, string instance, IReadOnlyList<StepClass> classes, TimeProvider time)
{
    /// <summary>How often it looks what is pinned.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    /// <summary>For how long a class is asked for after something was ready there: the next step of a run must not wait for the next look.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    private readonly HashSet<StepClass> _own = [.. classes];
    private readonly IReadOnlyList<StepClass> _classes = classes;
    private readonly Dictionary<StepClass, long> _seen = [];
    private long? _looked;

    /// <summary>What to ask for: its own classes, and those that are pinned. Made when it changes, and not by each claim.</summary>
    public IReadOnlyList<StepClass> AllClasses { get; private set; } = classes;

    /// <summary>Looks, if it is time to.</summary>
    public async Task LookAsync(IReadOnlyList<InstanceRecord> instances, CancellationToken cancellation)
    {
        if (_looked is { } last && time.GetElapsedTime(last) < Pace)
            return;
        _looked = time.GetTimestamp();
        foreach (var pinned in await store.ListPinnedAsync(cancellation))
            _seen[pinned] = time.GetTimestamp();
        foreach (var old in _seen.Where(one => time.GetElapsedTime(one.Value) >= Lasting).Select(one => one.Key).ToList())
            _seen.Remove(old);
        var others = instances.Where(one => one is { IsSilent: false, Slots: > 0 }).Select(one => one.Id).Where(id => id != instance).ToHashSet(StringComparer.Ordinal);
        AllClasses = [.. _classes, .. _seen.Keys.Where(pinned => _own.Contains(pinned with { Queue = pinned.Shared }) && !others.Contains(pinned.Instance!)).OrderBy(pinned => pinned.Instance == instance ? 0 : 1)];
    }
}
