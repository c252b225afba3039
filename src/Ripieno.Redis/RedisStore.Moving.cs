using System.Globalization;
using System.Runtime.CompilerServices;
using Ripieno.Redis.Moving;
using Ripieno.Redis.Values;
using Ripieno.Storage;
using Ripieno.Storage.Moving;
using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>Place among the runs of the last one that appeared here.</summary>
    private long _lastSeq;

    public Task<StoreClosing?> FindClosingAsync(CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var mark = await db.HashGetAsync(_partitions[0]["store"], "closed", CommandFlags.DemandMaster);
            return mark.IsNull ? null : Closing(mark);
        },
        cancellation);

    /// <summary>The first partition first: it says which of two closings wins.</summary>
    public async Task<StoreClosing> CloseAsync(string target, CancellationToken cancellation)
    {
        StoreClosing? closing = null;
        foreach (var partition in _partitions)
        {
            var reply = await _caller.CallAsync(_db, Script.Close, partition, [], new Arguments().Add(target), cancellation);
            var mark = (RedisValue)reply[1];
            if ((string?)reply[0] == "other")
                throw StoreClosing.Elsewhere(_connection.Location, ClosingValue.Decode(mark).Target);
            closing ??= Closing(mark);
        }

        return closing!;
    }

    /// <summary>The first partition last: as long as it is closed the store is.</summary>
    public async Task<bool> ReopenAsync(CancellationToken cancellation)
    {
        var wasClosed = false;
        foreach (var partition in _partitions.Reverse())
        {
            var reply = await _caller.CallAsync(_db, Script.Close, partition, [], new Arguments().Add(RedisValue.EmptyString), cancellation);
            wasClosed |= (string?)reply[1] == "1";
        }

        return wasClosed;
    }

    public async IAsyncEnumerable<ImagePart> ReadImageAsync(string runId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = new ImageReader(PartitionOf(runId), runId);
        while (!reader.IsAtEnd && await ReadAsync(runId, (db, _) => reader.NextAsync(db), cancellation) is { } part)
            yield return part;
    }

    public async Task WriteImageAsync(RunDraft draft, ImagePart part, CancellationToken cancellation)
    {
        if (part.Run is not null && await _memory.ShortAsync(0) is { } refusal)
            throw refusal;
        await WriteAsync(Script.Draft, DraftArguments.OfPart(draft, part));
        if (!part.IsLast)
            return;
        // Runs of several partitions have one order: behind those that are there, by whoever they came.
        if (_lastSeq == 0)
            _lastSeq = await ReadAsync(async db => (await Task.WhenAll(_partitions.Select(one => db.HashGetAsync(one["store"], "seq", CommandFlags.DemandMaster)))).Max(seq => (long)seq), cancellation);
        _lastSeq = long.Parse((string)(await WriteAsync(Script.Appear, DraftArguments.OfAppearance(draft, _lastSeq + 1)))[1]!, CultureInfo.InvariantCulture);

        async Task<RedisResult[]> WriteAsync(Script script, Arguments arguments)
        {
            var reply = await _caller.CallAsync(_db, script, PartitionOf(draft.RunId), [draft.RunId, DraftArguments.DraftOf(draft.RunId)], arguments, cancellation);
            return (string?)reply[0] switch
            {
                "exists" => throw RunDraft.Existing(draft.RunId),
                "lost" => throw RunDraft.Overtaken(draft.RunId),
                _ => reply,
            };
        }
    }

    public async Task<int> DropDraftsAsync(CancellationToken cancellation)
    {
        var dropped = 0;
        foreach (var partition in _partitions)
        {
            var drafts = await _caller.ReadAsync([partition], db => db.HashKeysAsync(partition["drafts"], CommandFlags.DemandMaster), cancellation);
            foreach (var chunk in drafts.Select(id => id.ToString()).Chunk(_probe.Batch))
            {
                var arguments = new Arguments().Add(chunk.Length);
                foreach (var id in chunk)
                    arguments.Add(id);
                var reply = await _caller.CallAsync(_db, Script.Drop, partition, [.. chunk.Select(DraftArguments.DraftOf)], arguments, cancellation);
                dropped += int.Parse((string)reply[0]!, CultureInfo.InvariantCulture);
            }
        }

        return dropped;
    }

    /// <summary>Into the first partition: figures of several are added up whenever somebody looks.</summary>
    public Task TakeHourlyAsync(string source, IReadOnlyList<HourlyFigures> figures, CancellationToken cancellation)
    {
        if (figures.Count == 0)
            return Task.CompletedTask;
        var arguments = new Arguments().Add(source).Add(FiguresValue.HourOf(figures.Max(row => row.Hour))).Add(figures.Count);
        foreach (var row in figures)
            arguments.Add(FiguresValue.HourOf(row.Hour)).Add(FiguresValue.EncodeName(row)).Add(FiguresValue.Encode(row));
        return _caller.CallAsync(_db, Script.Figures, _partitions[0], [], arguments, cancellation);
    }

    private StoreClosing Closing(RedisValue mark)
    {
        var (at, target) = ClosingValue.Decode(mark);
        return new(_partitions[0].Identity, target, at);
    }
}
