using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>The mark of a closed store (<c>closed</c> in <c>store</c>): <c>&gt;u8</c> when (ms), then the target. Written by a script.</summary>
internal readonly record struct ClosingValue(DateTimeOffset At, string Target)
{
    public static ClosingValue Decode(RedisValue value)
    {
        var reader = new ValueReader("The mark of a closed store", value);
        return new(DateTimeOffset.FromUnixTimeMilliseconds(reader.U8()), reader.RestText() ?? "");
    }
}
