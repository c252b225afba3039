using System.Buffers.Binary;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Lines looked at first by those who have read all before: what comes within a second or so.</summary>
    private const int NewestLines = 32;

    public Task AppendLogAsync(LogBatch batch, CancellationToken cancellation)
    {
        ContentLimits.Check(batch);
        return Task.WhenAll(batch.Lines.GroupBy(line => PartitionOf(line.RunId)).Select(group => AppendLogAsync(group.Key, batch, [.. group], cancellation)));
    }

    public Task<IReadOnlyList<StoredLogEntry>> ListLogAsync(string runId, long after, int count, CancellationToken cancellation) => ReadAsync<IReadOnlyList<StoredLogEntry>>(
        runId,
        async (db, partition) =>
        {
            if (count <= 0)
                return [];
            if (after <= 0)
                return [.. (await db.ListRangeAsync(partition.Log(runId), 0, count - 1, CommandFlags.DemandMaster)).Select(Line)];
            // From the end, where others only add: a place from the start would be another one once lines have gone.
            for (var size = NewestLines; ; size *= 8)
            {
                var lines = (await db.ListRangeAsync(partition.Log(runId), -size, -1, CommandFlags.DemandMaster)).Select(Line).ToList();
                if (lines.Count < size || lines[0].Number <= after + 1)
                    return [.. lines.Where(line => line.Number > after).Take(count)];
            }
        },
        cancellation);

    private Task<RedisResult[]> AppendLogAsync(Partition partition, LogBatch batch, LogEntry[] lines, CancellationToken cancellation)
    {
        var runs = lines.Select(line => line.RunId).Distinct(StringComparer.Ordinal).ToList();
        var arguments = new Arguments().Add(batch.Number).Add(ContentLimits.Log).Add(lines.Length);
        foreach (var line in lines)
            arguments.Add(runs.IndexOf(line.RunId) + 1).Add(line.Body);
        return _caller.CallAsync(_db, Script.Log, partition, runs, arguments, cancellation, [.. runs.Select(partition.Log), partition.Operation("log:" + batch.Origin)]);
    }

    private static StoredLogEntry Line(RedisValue value)
    {
        var bytes = (ReadOnlyMemory<byte>)value;
        return new(BinaryPrimitives.ReadUInt32BigEndian(bytes.Span), bytes[4..]);
    }
}
