using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// An instance as a partition knows it: <c>&gt;u4 u4 u8 u8 u4 u8</c> number, pid, process start, seen, slots, expires; <c>u2</c> length + id, host, version.
/// Scripts write the numbers and append what <see cref="EncodeTexts"/> makes.
/// </summary>
internal sealed record InstanceValue(uint Owner, int Pid, long ProcessStart, long Seen, int Slots, long Expires, string Id, string Host, string Version)
{
    public static byte[] EncodeTexts(InstanceRecord instance) => new ValueWriter()
        .Text("the instance's id", instance.Id).Text("the instance's host", instance.Host).Text("the instance's version", instance.Version).ToArray();

    public static InstanceValue Decode(RedisValue value)
    {
        var reader = new ValueReader("An instance", value);
        var instance = new InstanceValue(
            reader.U4(), reader.Count(), reader.I8(), reader.U8(), reader.Count(), reader.U8(), reader.Text(), reader.Text(), reader.Text());
        reader.End();
        return instance;
    }

    /// <param name="incarnation">Its key.</param>
    /// <param name="now">The store's clock, in milliseconds.</param>
    public InstanceRecord ToRecord(Guid incarnation, long now) =>
        new(incarnation, Id, Host, Pid, ProcessStart, Version, Slots, DateTimeOffset.FromUnixTimeMilliseconds(Seen)) { IsSilent = Expires <= now };
}
