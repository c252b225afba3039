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

    private CommitMark _seen = new(0, "");
    private long _seenAt;
    private long _noticed;
    private long _safe;

    /// <summary>Only one at a time asks whether a replica has the newest commits; the others wait for its answer, which is theirs too.</summary>
    public SemaphoreSlim Replicating { get; } = new(1);

    /// <summary>The newest commit that a replica is known to have.</summary>
    public long Safe => Interlocked.Read(ref _safe);

    /// <param name="commits">What a replica has.</param>
    /// <param name="term">Known when it was asked: after a takeover the answer is about another history.</param>
    public void IsSafe(long commits, string term)
    {
        lock (_keys)
        {
            if (_seen.Term == term && commits > _safe)
                Interlocked.Exchange(ref _safe, commits);
        }
    }

    /// <summary>The newest commit that this process knows of.</summary>
    public CommitMark Seen
    {
        get
        {
            lock (_keys)
                return _seen;
        }
    }

    /// <param name="found">What a call was answered.</param>
    /// <param name="asked">The term that the call knew of: an answer that does not name another one is of that.</param>
    /// <param name="time">The clock by which commits are seen.</param>
    public void Saw(CommitMark found, string asked, TimeProvider time)
    {
        lock (_keys)
        {
            if (found.Term.Length == 0)
                found = found with { Term = asked };
            var isNamed = found.Term != asked;
            // An answer from before a takeover that another call has told of meanwhile says nothing any more.
            if (found.Term == _seen.Term ? found.Commits > _seen.Commits : isNamed)
                (_seen, _seenAt) = (found, time.GetTimestamp());
        }
    }

    /// <summary>What is there, as somebody saw who only looked for news.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Notices(CommitMark found, TimeProvider time)
    {
        lock (_keys)
        {
            var isNews = found.Commits > _seen.Commits && found.Commits != _noticed;
            _noticed = found.Commits;
            // Only told of once; whether this process may rely on it is for the next call to find out.
            if (found.Term == _seen.Term && found.Commits > _seen.Commits)
                (_seen, _seenAt) = (found, time.GetTimestamp());
            return isNews;
        }
    }

    /// <summary>The server came back without its last commits, or another one has taken over that never had them. Takes its word for what there is, if no more is missing than may be.</summary>
    /// <param name="expected">The commit that the server was told to have.</param>
    /// <param name="left">The last commit that it shares with what this process has seen.</param>
    /// <param name="found">What it has.</param>
    /// <param name="age">How long ago, by its clock, <paramref name="left"/> was made.</param>
    /// <param name="accepted">How much time's commits may be missing.</param>
    /// <param name="time">The clock by which commits were seen.</param>
    /// <returns>How many commits are missing that nobody has counted yet; null = too much is missing.</returns>
    public long? WindBack(CommitMark expected, long left, CommitMark found, TimeSpan age, TimeSpan accepted, TimeProvider time)
    {
        lock (_keys)
        {
            // Another call was told before this one.
            if (_seen.Commits < expected.Commits || _seen.Term != expected.Term)
                return 0;
            // Two spans of time, each by one clock, so it does not matter how far the clocks are apart.
            if (age - time.GetElapsedTime(_seenAt) > accepted)
                return null;
            var lost = _seen.Commits - left;
            Interlocked.Exchange(ref _safe, 0);
            _seen = found.Term.Length > 0 ? found : found with { Term = expected.Term };
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
