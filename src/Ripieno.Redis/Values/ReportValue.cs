using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>What an instance told of itself: <c>&gt;u8</c> when, in milliseconds; the rest is what it told. Written by a script.</summary>
internal static class ReportValue
{
    public static StoredReport Decode(RedisValue incarnation, RedisValue value)
    {
        var reader = new ValueReader("What an instance told", value);
        var at = reader.U8();
        return new(new Guid(((ReadOnlyMemory<byte>)incarnation).Span), DateTimeOffset.FromUnixTimeMilliseconds(at), reader.Rest().ToArray());
    }
}
