using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>What a script is given besides its keys, in order.</summary>
internal sealed class Arguments
{
    private readonly List<RedisValue> _values = [];

    public int Count => _values.Count;

    public Arguments Add(RedisValue value)
    {
        _values.Add(value);
        return this;
    }

    public Arguments AddAll(Arguments others)
    {
        _values.AddRange(others._values);
        return this;
    }

    public void CopyTo(RedisValue[] target, int at) => _values.CopyTo(target, at);
}
