using Ripieno.Diagnostics;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>
/// Reads what all instances logged about a run: from the log files of this project, and from the store what they and others have brought there. Each line once, known by its id; each call returns what was added
/// since the last, in the order of the instances' clocks. A line that comes late from another machine stands behind what was returned before it.
/// </summary>
/// <param name="files">Of this project.</param>
/// <param name="store">The store.</param>
/// <param name="runId">Whose lines are wanted.</param>
internal sealed class RunLogReader(LogReader files, IStore store, string runId)
{
    private const int Page = 500;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _cursor;

    /// <summary>Lines that the store no longer had when it was asked for them. Those of this machine are in its files all the same.</summary>
    public long Gone { get; private set; }

    public async Task<IReadOnlyList<LogLine>> ReadNewAsync(CancellationToken cancellation)
    {
        var stored = new List<LogLine>();
        while (await store.ListLogAsync(runId, _cursor, Page, cancellation) is { Count: > 0 } page)
        {
            Gone += page[0].Number - _cursor - 1;
            _cursor = page[^1].Number;
            stored.AddRange(page.Select(entry => PackedLogLine.Unpack(runId, entry.Body)).OfType<LogLine>());
        }

        // Files first: there a line is whole.
        return
        [
            .. files.ReadNew().Concat(stored).Where(line => line.Id is null || _seen.Add(line.Id))
                .Select(line => (Line: line, Id: LogIds.Parse(line.Id)))
                // Finer than milliseconds the store does not know times; within them the order of an origin is that of its numbers.
                .OrderBy(one => one.Line.Time.ToUnixTimeMilliseconds()).ThenBy(one => one.Id.Origin, StringComparer.Ordinal).ThenBy(one => one.Id.Number)
                .Select(one => one.Line),
        ];
    }
}
