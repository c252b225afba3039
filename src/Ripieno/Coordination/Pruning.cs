using Ripieno.Callbacks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Coordination;

/// <summary>Deletes ended runs, a page at a time. Any number of processes may do it at once, and a repetition finds less to do.</summary>
internal sealed class Pruning(IStore store, TimeProvider time)
{
    private readonly Snapshots _snapshots = new(store);
    private readonly CallbackRuns _callbacks = new(store, time);

    /// <summary>Runs deleted in one commit. Larger makes everyone else wait longer, smaller takes more flushes.</summary>
    private const int Page = 50;

    /// <summary>Runs that would go, those of each status from the oldest end.</summary>
    /// <param name="cutoffs">See <see cref="Retention.At"/>.</param>
    /// <param name="most">Of each status.</param>
    /// <param name="cancellation">Ends the search.</param>
    public async Task<IReadOnlyList<RunRecord>> FindAsync(IReadOnlyList<Cutoff> cutoffs, int most, CancellationToken cancellation)
    {
        var found = new List<RunRecord>();
        foreach (var (status, before) in cutoffs)
            found.AddRange(await store.ListFinishedAsync(status, before, most, cancellation));
        return found;
    }

    /// <summary>Runs by their ids, to be deleted whatever their age.</summary>
    /// <exception cref="NotFoundException">One of them is unknown.</exception>
    /// <exception cref="ConflictException">One of them has not ended.</exception>
    public async Task<IReadOnlyList<RunRecord>> FindAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        var (found, unknown, running) = (new List<RunRecord>(), new List<string>(), new List<string>());
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            if (await store.FindRunAsync(id, cancellation) is not { } run)
                unknown.Add(id);
            else if (run.Status == RunStatus.Running)
                running.Add(id);
            else
                found.Add(run);
        }

        if (unknown.Count > 0)
            throw new NotFoundException($"There is no run '{string.Join("', '", unknown)}' in {store.Description.Location}; nothing was deleted. See: ripieno runs");
        if (found.Count > 0 && found.Select(run => run.Id).Except(await ToldAsync(found, cancellation), StringComparer.Ordinal).ToList() is [var untold, ..])
            throw new ConflictException($"Run '{untold}' has callbacks that have not seen its end yet; nothing was deleted. A worker tells them within moments: ripieno show {untold}");
        return running.Count == 0
            ? found
            : throw new ConflictException($"Run '{string.Join("', '", running)}' has not ended; nothing was deleted. To end it: ripieno cancel {running[0]}");
    }

    /// <summary>Deletes what the cutoffs let go.</summary>
    /// <param name="cutoffs">See <see cref="Retention.At"/>.</param>
    /// <param name="progress">Told how many are gone, after each page.</param>
    /// <param name="cancellation">Between two pages.</param>
    /// <returns>How many were deleted by this process.</returns>
    public async Task<int> DeleteAsync(IReadOnlyList<Cutoff> cutoffs, Action<int>? progress, CancellationToken cancellation)
    {
        var total = 0;
        foreach (var (status, before) in cutoffs)
        {
            while (await store.ListFinishedAsync(status, before, Page, cancellation) is { Count: > 0 } page)
            {
                var deleted = await DeletePageAsync([.. await ToldAsync(page, cancellation)], cancellation);
                total += deleted;
                progress?.Invoke(total);
                // Others took them away, or an operator's retry has just reopened them: what is left can wait for the next time.
                if (deleted == 0)
                    break;
            }
        }

        return total;
    }

    /// <summary>Deletes these runs, those of them that have ended.</summary>
    public async Task<int> DeleteAsync(IReadOnlyList<string> ids, Action<int>? progress, CancellationToken cancellation)
    {
        var total = 0;
        foreach (var page in ids.Chunk(Page))
        {
            total += await DeletePageAsync(page, cancellation);
            progress?.Invoke(total);
        }

        return total;
    }

    /// <summary>Those whose callbacks, if they have any, have seen how they ended. The others stay for the next time.</summary>
    private async Task<IReadOnlyList<string>> ToldAsync(IReadOnlyList<RunRecord> runs, CancellationToken cancellation)
    {
        var told = new List<string>();
        foreach (var run in runs)
        {
            var count = await CallbacksOfAsync(run, cancellation);
            if (count == 0 || !await _callbacks.IsUntoldAsync(run.Id, count, cancellation))
                told.Add(run.Id);
        }

        return told;
    }

    private async Task<int> CallbacksOfAsync(RunRecord run, CancellationToken cancellation)
    {
        try
        {
            return run.Workflow == CallbackWorkflow.Name ? 0 : (await _snapshots.GetAsync(run.SnapshotHash, cancellation)).Callbacks.Length;
        }
        catch (Exception exception) when (exception is StoreDamagedException or InvalidInputException)
        {
            // What cannot be read can still be deleted.
            return 0;
        }
    }

    /// <summary>Waits until the rows are gone before the next page, so that steps that are being executed keep their share of the store.</summary>
    private async Task<int> DeletePageAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var deleted = await store.DeleteRunsAsync(ids, cancellation);
        await store.SettleAsync(cancellation);
        return deleted;
    }
}
