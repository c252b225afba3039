using System.Text;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>One sorted set of each partition, read page by page as if they were one: by score, then by member.</summary>
/// <param name="partitions">Whose.</param>
/// <param name="name">Of the set.</param>
/// <param name="order">From which end.</param>
/// <param name="lowest">Lowest score.</param>
/// <param name="highest">Highest score, itself included.</param>
internal sealed class MergedSet(Partition[] partitions, string name, Order order, double lowest, double highest)
{
    // By place and not by score: any number of members may have the same score. What others add or remove meanwhile may then be seen twice or missed, as in any list that is read in pages.
    private readonly long[] _read = new long[partitions.Length];

    /// <summary>The next members, at most <paramref name="count"/>; fewer when there are no more.</summary>
    public async Task<List<(Partition Partition, RedisValue Member)>> NextAsync(IDatabase db, int count)
    {
        var pages = await Task.WhenAll(partitions.Select((partition, i) => db.SortedSetRangeByScoreWithScoresAsync(
            partition[name], lowest, highest, Exclude.None, order, _read[i], count, CommandFlags.DemandMaster)));
        var all = pages.SelectMany((page, i) => page.Select(entry => (Index: i, entry.Score, entry.Element, Bytes: Bytes(entry.Element))));
        var sorted = order == Order.Ascending
            ? all.OrderBy(one => one.Score).ThenBy(one => one.Bytes, StringComparer.Ordinal)
            : all.OrderByDescending(one => one.Score).ThenByDescending(one => one.Bytes, StringComparer.Ordinal);
        var next = sorted.Take(count).ToList();
        foreach (var one in next)
            _read[one.Index]++;
        return [.. next.Select(one => (partitions[one.Index], one.Element))];
    }

    /// <summary>One character for each byte: the server's own order, or a page would not end where the next begins.</summary>
    private static string Bytes(RedisValue member) => Encoding.Latin1.GetString(((ReadOnlyMemory<byte>)member).Span);
}
