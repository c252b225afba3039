using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>Dependents of a step of a large run (<c>d</c>): <c>u4</c> index of each, 1,024 in a field, in the order in which they joined.</summary>
internal static class DependentsValue
{
    public const int Together = 1024;

    public static RedisValue Field(int index, int chunk) => chunk == 0 ? RunFields.Dependents(index) : RunFields.Dependents(index, chunk);

    /// <summary>The fields of a step with their values.</summary>
    public static IEnumerable<(RedisValue Field, byte[] Value)> Encode(int index, IReadOnlyList<int> dependents) => dependents.Chunk(Together).Select((chunk, i) =>
    {
        var writer = new ValueWriter();
        foreach (var dependent in chunk)
            writer.U4(dependent);
        return (Field(index, i), writer.ToArray());
    });
}
