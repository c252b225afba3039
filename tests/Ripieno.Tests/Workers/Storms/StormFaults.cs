using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Storage;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>Which operation goes wrong, and how. Makes a store for each life of a worker or client; all draw from the same dice.</summary>
/// <param name="dice">Chance.</param>
/// <param name="real">The store behind.</param>
/// <param name="time">Clock of delays.</param>
/// <param name="kind">What is left in peace.</param>
internal sealed class StormFaults(StormDice dice, IStore real, FakeTimeProvider time, StormKind kind)
{
    public static readonly Fault[] Kinds = [Fault.Unavailable, Fault.LostBefore, Fault.LostAfter, Fault.Twice, Fault.Delayed];

    /// <summary>Called all the time: were they disturbed more often, little else would happen.</summary>
    private static readonly string[] Frequent =
    [
        nameof(IStore.ClaimAsync), nameof(IStore.RenewAsync), nameof(IStore.ListInstancesAsync), nameof(IStore.CompleteAsync), nameof(IStore.AcquirePermitAsync),
    ];

    private static readonly string[] Rare =
    [
        nameof(IStore.FailAsync), nameof(IStore.ParkAsync), nameof(IStore.ReleaseAsync), nameof(IStore.RegisterInstanceAsync), nameof(IStore.EndInstanceAsync),
        nameof(IStore.ReleasePermitAsync), nameof(IStore.FindSnapshotAsync),
    ];

    /// <summary>Called a few times in a storm.</summary>
    private static readonly string[] Clients = [nameof(IStore.SubmitAsync), nameof(IStore.CancelAsync), nameof(IStore.RetryAsync)];

    private readonly ConcurrentBag<FaultyStore> _stores = [];
    private readonly ConcurrentDictionary<string, int> _turns = [];
    private volatile bool _over;

    public static IReadOnlyList<string> Operations { get; } = [.. Frequent, .. Rare, .. Clients];

    /// <summary>True while the real store is at work for anybody.</summary>
    public bool IsExecuting => _stores.Any(store => store.Executing > 0);

    public IEnumerable<((string Operation, Fault Fault) Pair, int Count)> Fired =>
        _stores.SelectMany(store => store.Fired).GroupBy(pair => pair.Key, (pair, counts) => (pair, counts.Sum(count => count.Value)));

    /// <summary>Steps that were handed out with reports.</summary>
    public int FollowUps => _stores.Sum(store => store.Followed.Count);

    public bool IsOver => _over;

    /// <summary>From now on nothing goes wrong any more.</summary>
    public void End() => _over = true;

    /// <param name="user">Whose it is.</param>
    /// <param name="followLease">Lease of what it hands out with reports; null = it does not.</param>
    public FaultyStore Store(string user, TimeSpan? followLease = null)
    {
        var store = new FaultyStore(real, (operation, before) => Draw(user, operation, before))
        {
            FollowLease = followLease,
            Time = time,
            Delay = (operation, before) => (
                dice.Between(0, 8, $"{user} {operation} {before} before"), dice.Between(0, 8, $"{user} {operation} {before} after")),
        };
        _stores.Add(store);
        return store;
    }

    private Fault Draw(string user, string operation, int before)
    {
        var rate = Frequent.Contains(operation) ? 0.25 : Rare.Contains(operation) ? 0.6 : 0.8;
        if (_over || dice.Share($"{user} {operation} {before}") >= rate)
            return Fault.None;
        // In turn, so that also operations of which there are few meet every fault.
        var turn = _turns.AddOrUpdate(operation, dice.Seed, (_, last) => last + 1);
        var fault = Kinds[turn % Kinds.Length];
        if (operation != nameof(IStore.ClaimAsync))
            return fault;
        if (!kind.LosesClaims)
            return Fault.Unavailable;
        // A claim repeated on the way leaves the first one's steps to the end of the instance, as the contract says.
        return fault == Fault.Twice && !kind.ShortLives ? Fault.LostAfter : fault;
    }
}
