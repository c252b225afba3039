using Microsoft.Extensions.Time.Testing;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests;

/// <summary>Data of one store for one test: opens stores on it, as many as there would be processes, all reading one clock that the test moves.</summary>
public abstract class StoreFixture : IAsyncDisposable
{
    internal FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));

    /// <summary>Open steps at which the stores that are opened refuse submissions; null = none.</summary>
    internal int? MaxQueued { get; set; }

    /// <summary>Another store on the same data, as another process would open it. The caller disposes it, or not: then its process has died.</summary>
    internal Task<IStore> OpenAsync() => OpenAsync(null);

    /// <param name="batch">Steps that one commit may touch on behalf of one change, so that narrow graphs go the ways of wide ones; null = the store's own.</param>
    internal abstract Task<IStore> OpenAsync(int? batch);

    /// <summary>
    /// The <paramref name="write"/>th write (from 1) that reaches the data from now on fails, as if the process had died before it: with it goes whatever it is atomic
    /// with. The operation that made it throws, which a dead process would not tell anyone.
    /// </summary>
    internal abstract Task KillAtWriteAsync(int write);

    /// <summary>How many writes it takes at least to write so many steps ahead: a store that writes a batch at once makes few.</summary>
    internal abstract int WritesFor(int steps);

    /// <summary>Closes all stores and lets writes through again, for the store of another process.</summary>
    internal abstract Task BuryAsync();

    /// <summary>Marks the data as written by a version of Ripieno that this one does not know. No store is open on it.</summary>
    internal abstract Task RaiseSchemaVersionAsync();

    /// <summary>How many commits have reached the data so far, by whichever store.</summary>
    internal abstract Task<long> CommitsAsync();

    /// <summary>However wide a run is, deleting it is one short commit, because what belongs to it lies together.</summary>
    internal virtual bool DeletesWhole => false;

    /// <summary>Answers are lost and asked for again. Of a report that was discarded the repeat says that it is recorded: that it was dealt with, as of every repeat.</summary>
    internal virtual bool LosesAnswers => false;

    /// <summary>True when a report hands out what follows.</summary>
    internal virtual bool FollowsUp => false;

    /// <summary>True when a report may be answered so.</summary>
    internal bool MayAnswer(ReportOutcome expected, ReportOutcome found) =>
        found == expected || (LosesAnswers && (expected, found) == (ReportOutcome.Discarded, ReportOutcome.Recorded));

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
