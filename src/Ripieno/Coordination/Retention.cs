using Ripieno.Configuration;
using Ripieno.Runs;

namespace Ripieno.Coordination;

/// <summary>Which ended runs may go: pure. A status that is not in <paramref name="Ages"/> is kept for ever.</summary>
/// <param name="Ages">By how a run ended: how long it is kept, counted from its end.</param>
internal sealed record Retention(IReadOnlyDictionary<RunStatus, TimeSpan> Ages)
{
    /// <summary>What a run may have ended as.</summary>
    public static IReadOnlyList<RunStatus> Ended { get; } = [RunStatus.Succeeded, RunStatus.Failed, RunStatus.Cancelled];

    public bool KeepsEverything => Ages.Count == 0;

    /// <summary>As configured.</summary>
    public static Retention Of(RetentionOptions options)
    {
        var ages = new Dictionary<RunStatus, TimeSpan>();
        foreach (var (status, age) in ((RunStatus, TimeSpan?)[])
            [(RunStatus.Succeeded, options.Succeeded), (RunStatus.Failed, options.Failed), (RunStatus.Cancelled, options.Cancelled)])
        {
            if (age is { } kept)
                ages.Add(status, kept);
        }

        return new(ages);
    }

    /// <summary>The same age for each of some statuses, all when none is named.</summary>
    public static Retention OlderThan(TimeSpan age, IReadOnlyCollection<RunStatus> statuses) =>
        new((statuses.Count == 0 ? Ended : statuses).Distinct().ToDictionary(status => status, _ => age));

    /// <summary>For these statuses only.</summary>
    public Retention Only(IReadOnlyCollection<RunStatus> statuses) =>
        statuses.Count == 0 ? this : new(Ages.Where(pair => statuses.Contains(pair.Key)).ToDictionary());

    /// <summary>For each status, the moment before which a run must have ended to go.</summary>
    public IReadOnlyList<Cutoff> At(DateTimeOffset now) =>
        [.. Ended.Where(Ages.ContainsKey).Select(status => new Cutoff(status, Before(now, Ages[status])))];

    private static DateTimeOffset Before(DateTimeOffset now, TimeSpan age) =>
        now - DateTimeOffset.UnixEpoch > age ? now - age : DateTimeOffset.UnixEpoch;
}

/// <summary>Runs with this status that ended before this moment may go.</summary>
internal readonly record struct Cutoff(RunStatus Status, DateTimeOffset Before);
