using System.Collections.Concurrent;
using System.Text;
using Ripieno.Errors;
using Ripieno.Runs;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>Names of a partition's classes by number. A number is never given twice, so what is known stays true.</summary>
internal sealed class ClassNames(Partition partition)
{
    private readonly ConcurrentDictionary<int, StepClass> _names = [];

    public StepClass this[int number] => _names[number];

    /// <summary>Makes these numbers known.</summary>
    public async Task LoadAsync(IDatabase db, IEnumerable<int> numbers)
    {
        var unknown = numbers.Where(number => !_names.ContainsKey(number)).Distinct().ToArray();
        if (unknown.Length == 0)
            return;
        var found = await db.HashGetAsync(partition["classes"], [.. unknown.Select(number => (RedisValue)("c" + number))], CommandFlags.DemandMaster);
        for (var i = 0; i < unknown.Length; i++)
            _names[unknown[i]] = Parse(found[i], $"{unknown[i]}");
    }

    public static StepClass Parse(RedisValue name, string number) =>
        !name.IsNull && Encoding.UTF8.GetString(((ReadOnlyMemory<byte>)name).Span).Split('\0') is [var queue, var executor]
            ? new(queue, executor)
            : throw new StoreDamagedException($"Class {number} has no name");
}
