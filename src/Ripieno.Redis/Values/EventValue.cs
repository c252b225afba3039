using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// An event of a run. Those that one script has made stand together, at most <see cref="Together"/>, in a field that is named by the number of the first (<c>e</c>, from 1): each
/// <c>&gt;u8 u1 i4</c> at (ms), kind, step (−1 = none), <c>u4</c> length + detail. Written by scripts only.
/// </summary>
internal readonly record struct EventValue(long At, RunEventKind Kind, int? Step, string? Detail)
{
    public const int Together = 64;

    public static byte[] EncodeAll(IEnumerable<Storage.Moving.EventImage> events)
    {
        var writer = new ValueWriter();
        foreach (var one in events)
        {
            var detail = System.Text.Encoding.UTF8.GetBytes(one.Detail ?? "");
            writer.I8(one.At.ToUnixTimeMilliseconds()).U1((byte)one.Kind).I4(one.StepIndex ?? -1).U4(detail.Length).Bytes(detail);
        }

        return writer.ToArray();
    }

    public static List<EventValue> DecodeAll(RedisValue value)
    {
        var events = new List<EventValue>();
        var reader = new ValueReader("An event", value);
        do
        {
            events.Add(new(reader.U8(), (RunEventKind)reader.U1(), reader.I4() is >= 0 and var step ? step : null, reader.LongText() is { Length: > 0 } detail ? detail : null));
        }
        while (!reader.IsAtEnd);
        return events;
    }
}
