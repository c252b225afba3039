using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>A permit: <c>&gt;u4 u4 u8 u4 u4 u4</c> weight, owner, expires, capacity (0 = none), second in which it was given, tokens reserved; the rest is the limit's name.</summary>
internal sealed record PermitValue(int Weight, uint Owner, long Expires, string Limit)
{
    public static PermitValue Decode(RedisValue value)
    {
        var reader = new ValueReader("A permit", value);
        var (weight, owner, expires) = (reader.Count(), reader.U4(), reader.U8());
        _ = reader.Bytes(12);
        return new(weight, owner, expires, reader.RestText() ?? "");
    }
}
