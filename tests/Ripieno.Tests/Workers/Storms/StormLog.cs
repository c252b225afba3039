using Ripieno.Storage;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>What executors saw, in order.</summary>
internal sealed class StormLog
{
    private readonly Lock _lock = new();
    private readonly List<StormEntry> _entries = [];

    public IReadOnlyList<StormEntry> Entries
    {
        get
        {
            lock (_lock)
                return [.. _entries];
        }
    }

    public void Add(ClaimedStep step, StormMoment moment, DateTimeOffset at)
    {
        lock (_lock)
            _entries.Add(new(_entries.Count, step.Lease, step.Key, moment, at));
    }
}

/// <summary>One moment of one execution.</summary>
/// <param name="Number">Position in the log.</param>
/// <param name="Lease">Which execution of which step.</param>
/// <param name="Key">The step.</param>
/// <param name="Moment">What happened.</param>
/// <param name="At">Virtual time.</param>
internal sealed record StormEntry(int Number, StepLease Lease, string Key, StormMoment Moment, DateTimeOffset At);

internal enum StormMoment
{
    Began,
    Succeeded,

    /// <summary>Failed for good.</summary>
    Failed,

    /// <summary>Anything else: a try that failed, parking, an abortion.</summary>
    Left,
}
