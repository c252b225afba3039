using System.Buffers.Binary;
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

    /// <summary>
    /// Classes in which something is ready. Skips through the sets from class to class, so that the many which have nothing (each instance that runs were ever pinned to has some) cost nothing.
    /// </summary>
    public async Task<IReadOnlyDictionary<int, StepClass>> BusyAsync(ClassNames names)
    {
        var numbers = new SortedSet<int>();
        foreach (var set in (string[])["ring", "suspects"])
            await AddAsync(partition[set]);
        await names.LoadAsync(db, numbers);
        return numbers.ToDictionary(number => number, number => names[number]);

        async Task AddAsync(RedisKey members)
        {
            for (var next = 0; await FirstAsync(next) is { } number; next = number + 1)
                numbers.Add(number);

            async Task<int?> FirstAsync(int from)
            {
                var first = from > ushort.MaxValue ? [] : await db.SortedSetRangeByValueAsync(members, Members(from), take: 1, flags: CommandFlags.DemandMaster);
                return first.Length == 0 ? null : BinaryPrimitives.ReadUInt16BigEndian(((ReadOnlyMemory<byte>)first[0]).Span);
            }
        }
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
