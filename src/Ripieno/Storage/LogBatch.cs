namespace Ripieno.Storage;

/// <summary>Lines for the logs of runs, in their order.</summary>
/// <param name="Origin">Who writes, random: one for each process. Its batches come one after the other.</param>
/// <param name="Number">Rises with each batch of the origin, from 1. A repeat has the number of what it repeats.</param>
/// <param name="Lines">At most <see cref="ContentLimits.LogBatch"/>.</param>
internal sealed record LogBatch(string Origin, long Number, IReadOnlyList<LogEntry> Lines);

/// <param name="RunId">Whose log it goes to.</param>
/// <param name="Body">What the store does not look into; at most <see cref="ContentLimits.LogEntry"/> bytes.</param>
internal sealed record LogEntry(string RunId, ReadOnlyMemory<byte> Body);

/// <param name="Number">Of the line among all that were ever added to the run's log, from 1.</param>
/// <param name="Body">As it was added.</param>
internal sealed record StoredLogEntry(long Number, ReadOnlyMemory<byte> Body);
