using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>What never changes of a step (<c>x</c>): <c>u2</c> length + key, <c>u1</c> input?, 32 bytes of its hash if so, <c>u4</c> index of each dependency. Written by scripts only.</summary>
internal sealed record StepConstants(string Key, ContentHash? Input, int[] Dependencies)
{
    public static StepConstants Decode(RedisValue value)
    {
        var reader = new ValueReader("A step", value);
        var (key, input) = (reader.Text(), reader.HashOrNull());
        var dependencies = new int[reader.Length / 4];
        for (var i = 0; i < dependencies.Length; i++)
            dependencies[i] = reader.Count();
        reader.End();
        return new(key, input, dependencies);
    }
}
