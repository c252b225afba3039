using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>What is ready in a partition, by class.</summary>
internal sealed class ReadyClasses(IDatabase db, Partition partition)
{
    /// <summary>Members of the ring read by one command.</summary>
    private const int Page = 1000;

    /// <summary>Runs of a class of which the time of a ready step is looked up.</summary>
    private const int Dated = 1000;

    /// <summary>All classes that there have ever been, by number.</summary>
    public async Task<IReadOnlyDictionary<int, StepClass>> AllAsync()
    {
        var entries = await db.HashGetAllAsync(partition["classes"], CommandFlags.DemandMaster);
        return entries.Where(entry => entry.Name.ToString() is ['c', ..]).ToDictionary(
            entry => int.Parse(entry.Name.ToString().AsSpan(1), System.Globalization.CultureInfo.InvariantCulture), entry => ClassNames.Parse(entry.Value, entry.Name.ToString()));
    }

    public async Task<bool> AnyAsync(int number)
    {
        var (first, bound) = (Members(number), Members(number + 1));
        var ring = db.SortedSetRangeByValueAsync(partition["ring"], first, bound, Exclude.Stop, take: 1, flags: CommandFlags.DemandMaster);
        var suspects = db.SortedSetRangeByValueAsync(partition["suspects"], first, bound, Exclude.Stop, take: 1, flags: CommandFlags.DemandMaster);
        return (await ring).Length > 0 || (await suspects).Length > 0;
    }

    /// <returns>Null when nothing is ready.</returns>
    public async Task<ClassBacklog?> CountAsync(int number, StepClass name)
    {
        var (ready, oldest, dated) = (0L, long.MaxValue, 0);
        var (from, bound, exclude) = ((RedisValue)Members(number), Members(number + 1), Exclude.Stop);
        while (true)
        {
            var members = await db.SortedSetRangeByValueAsync(partition["ring"], from, bound, exclude, take: Page, flags: CommandFlags.DemandMaster);
            var lanes = members.Select(Lane.DecodeRing).ToList();
            ready += (await Task.WhenAll(lanes.Select(one => CountAsync(number, one.Lane, one.RunId)))).Sum();
            var times = await Task.WhenAll(lanes.Take(Dated - dated).Select(one => SinceAsync(number, one.Lane, one.RunId)));
            (oldest, dated) = (Math.Min(oldest, times.DefaultIfEmpty(long.MaxValue).Min()), dated + times.Length);
            if (members.Length < Page)
                break;
            (from, exclude) = (members[^1], Exclude.Both);
        }

        var suspects = await db.SortedSetRangeByValueAsync(partition["suspects"], Members(number), bound, Exclude.Stop, flags: CommandFlags.DemandMaster);
        foreach (var suspect in suspects)
        {
            var place = Place.Decode(((ReadOnlyMemory<byte>)suspect)[2..]);
            (ready, oldest) = (ready + 1, Math.Min(oldest, await SinceAsync(place)));
        }

        return ready == 0 ? null : new(name, ready, DateTimeOffset.FromUnixTimeMilliseconds(oldest == long.MaxValue ? 0 : oldest));
    }

    private static byte[] Members(int number) => new ValueWriter().U2(number).ToArray();

    private Task<long> CountAsync(int number, Lane lane, string runId) => lane.Only is not null
        ? Task.FromResult(1L)
        : db.SortedSetLengthByValueAsync(partition.Ready(runId), Members(number), Members(number + 1), Exclude.Stop, CommandFlags.DemandMaster);

    /// <summary>Of the step that the run would give first: those of a rank became ready about in their order.</summary>
    private async Task<long> SinceAsync(int number, Lane lane, string runId)
    {
        if (lane.Only is { } only)
            return await SinceAsync(new(runId, only));
        var first = await db.SortedSetRangeByValueAsync(partition.Ready(runId), Members(number), Members(number + 1), Exclude.Stop, take: 1, flags: CommandFlags.DemandMaster);
        return first.Length == 0 ? long.MaxValue : await SinceAsync(new(runId, Lane.DecodeReady(first[0])));
    }

    /// <summary>Far in the future for one that has moved on meanwhile.</summary>
    private async Task<long> SinceAsync(Place place)
    {
        var fields = await db.HashGetAsync(partition.Run(place.RunId), [RunFields.Changing, RunFields.State(place.Index)], CommandFlags.DemandMaster);
        return !fields[0].IsNull && RunValue.Decode(fields[0]).StepOrNull(place.Index, fields[1]) is { State.Status: StepStatus.Ready, Since: > 0 and var since } ? since : long.MaxValue;
    }
}
