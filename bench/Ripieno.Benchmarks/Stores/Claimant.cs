using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Benchmarks.Stores;

/// <summary>A registered instance that a benchmark plays itself, without a worker.</summary>
internal sealed class Claimant
{
    /// <summary>Longer than any benchmark: no lease shall run out in one.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromHours(5);

    private readonly IStore _store;
    private readonly Guid _incarnation;
    private readonly IReadOnlyList<StepClass> _classes;

    private Claimant(IStore store, Guid incarnation, IReadOnlyList<StepClass> classes)
    {
        _store = store;
        _incarnation = incarnation;
        _classes = classes;
    }

    public static Task<Claimant> RegisterAsync(IStore store, params IReadOnlyList<StepClass> classes) => RegisterAsync(store, null, classes.Count > 0 ? classes : [Work.Class]);

    /// <summary>Another instance that takes the same.</summary>
    public Task<Claimant> RegisterAnotherAsync() => RegisterAsync(_store, $"another-{Guid.NewGuid()}", _classes);

    /// <summary>What follows its reports at once.</summary>
    public FollowUpRequest Next => new(_incarnation, _classes);

    public Task<IReadOnlyList<ClaimedStep>> ClaimAsync(int count) => _store.ClaimAsync(
        new() { Incarnation = _incarnation, Classes = [.. _classes.Select(stepClass => new ClassDemand(stepClass, count))], Count = count, Lease = Lease },
        CancellationToken.None);

    private static async Task<Claimant> RegisterAsync(IStore store, string? id, IReadOnlyList<StepClass> classes)
    {
        var instance = ThisInstance.Describe(id, 1, TimeProvider.System);
        await store.RegisterInstanceAsync(instance, Lease, CancellationToken.None);
        return new(store, instance.Incarnation, classes);
    }

    public Task EndAsync() => _store.EndInstanceAsync(_incarnation, InstanceEnd.Stopped, CancellationToken.None);

    /// <summary>The smallest commit that there is.</summary>
    public Task RenewAsync() => _store.RenewAsync(_incarnation, [], Lease, CancellationToken.None);
}
