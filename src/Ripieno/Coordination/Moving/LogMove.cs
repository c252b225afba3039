using Ripieno.Storage;

namespace Ripieno.Coordination.Moving;

/// <summary>
/// Copies what was logged about runs that are in the destination. Not part of what is compared: lines are for people, and a worker there may add its own at once.
/// </summary>
/// <param name="source">Where the lines are.</param>
/// <param name="destination">Where they go.</param>
internal sealed class LogMove(IStore source, IStore destination)
{
    private readonly string _origin = Guid.NewGuid().ToString("N");
    private long _batch;

    /// <param name="runId">Of the run.</param>
    /// <param name="isThere">It was copied before, with its log: only where that was cut off right between the two there is no line yet.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>Lines copied.</returns>
    public async Task<long> CopyAsync(string runId, bool isThere, CancellationToken cancellation)
    {
        if (isThere && await destination.ListLogAsync(runId, after: 0, count: 1, cancellation) is { Count: > 0 })
            return 0;
        var (lines, after) = (0L, 0L);
        while (await source.ListLogAsync(runId, after, ContentLimits.LogBatch, cancellation) is { Count: > 0 } page)
        {
            await destination.AppendLogAsync(new(_origin, ++_batch, [.. page.Select(line => new LogEntry(runId, line.Body))]), cancellation);
            (lines, after) = (lines + page.Count, page[^1].Number);
        }

        return lines;
    }
}
