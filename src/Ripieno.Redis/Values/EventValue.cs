using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>An event, of a run (<c>e</c> and its number, from 1): <c>&gt;u8 u1 i4</c> at (ms), kind, step (−1 = none); the rest is the detail. Written by scripts only.</summary>
internal readonly record struct EventValue(long At, RunEventKind Kind, int? Step, string? Detail)
{
    public static EventValue Decode(RedisValue value)
    {
        var reader = new ValueReader("An event", value);
        return new(reader.U8(), (RunEventKind)reader.U1(), reader.I4() is >= 0 and var step ? step : null, reader.RestText());
    }
}
