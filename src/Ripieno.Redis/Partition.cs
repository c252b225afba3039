using System.Globalization;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>A part of the store: the names of its keys. Which key holds what is in <c>README.md</c>.</summary>
internal sealed class Partition
{
    private readonly string _tag;
    private readonly Dictionary<string, RedisKey> _keys = new(StringComparer.Ordinal);

    public Partition(string prefix, int index)
    {
        Index = index;
        _tag = string.Create(CultureInfo.InvariantCulture, $"{{{prefix}:{index}}}:");
        foreach (var name in (string[])[
            "store", "classes", "ring", "share", "leases", "held", "alone", "waits", "due", "suspects", "kept", "instances", "names", "expiry", "gone", "claims", "unfinished",
            "hourly", "hours", "runs", "runs:0", "runs:1", "runs:2", "runs:3", "ended:1", "ended:2", "ended:3", "dead", "snapshots", "drafts", "permits", "limits", "rates", "cooling", "tenants", "reports", "drains", "turns"])
        {
            _keys.Add(name, _tag + name);
        }
    }

    public int Index { get; }

    /// <summary>Random name of what was made here; a store with another one is not this store.</summary>
    public string Identity { get; set; } = "";

    private long _seen;
    private long _seenAt;

    /// <summary>The newest commit that this process knows of.</summary>
    public long Seen
    {
        get
        {
            lock (_keys)
                return _seen;
        }
    }

    public void Saw(long commits, TimeProvider time)
    {
        lock (_keys)
        {
            if (commits > _seen)
                (_seen, _seenAt) = (commits, time.GetTimestamp());
        }
    }

    /// <summary>The server came back without its last commits. Takes its word for what there is, if no more is missing than may be.</summary>
    /// <param name="expected">The commit that the server was told to have.</param>
    /// <param name="commits">What it has.</param>
    /// <param name="age">How long ago, by its clock, that was made.</param>
    /// <param name="accepted">How much time's commits may be missing.</param>
    /// <param name="time">The clock by which commits were seen.</param>
    /// <returns>How many commits are missing that nobody has counted yet; null = too much is missing.</returns>
    public long? WindBack(long expected, long commits, TimeSpan age, TimeSpan accepted, TimeProvider time)
    {
        lock (_keys)
        {
            // Another call was told before this one.
            if (_seen < expected)
                return 0;
            // Two spans of time, each by one clock, so it does not matter how far the clocks are apart.
            if (age - time.GetElapsedTime(_seenAt) > accepted)
                return null;
            var lost = _seen - commits;
            _seen = commits;
            return lost;
        }
    }

    /// <summary>One of the partition's own keys, by the name that <c>README.md</c> gives it.</summary>
    public RedisKey this[string name] => _keys[name];

    /// <summary>Where hints about changes are published.</summary>
    public string Channel => _tag + "changes";

    public RedisKey Run(string id) => _tag + "run:" + id;

    public RedisKey Ready(string id) => _tag + "ready:" + id;

    public RedisKey Log(string id) => _tag + "log:" + id;

    public RedisKey Operation(string id) => _tag + "op:" + id;

    /// <summary>Which of <paramref name="count"/> partitions a run belongs to: FNV-1a of its id, because that must never change.</summary>
    public static int Of(string runId, int count)
    {
        if (count == 1)
            return 0;
        var hash = 2166136261u;
        foreach (var character in runId)
            hash = (hash ^ character) * 16777619;
        return (int)(hash % (uint)count);
    }
}
