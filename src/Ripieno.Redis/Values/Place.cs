using System.Buffers.Binary;
using System.Text;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>Where a step is, as a member of a partition's sets: run id, a zero byte, <c>u4</c> index. Sorted by bytes a run's steps stand together, in order.</summary>
internal readonly record struct Place(string RunId, int Index)
{
    private const int Tail = 5;

    public byte[] Encode() => new ValueWriter().Bytes(Encoding.UTF8.GetBytes(RunId)).U1(0).U4(Index).ToArray();

    /// <summary>What the places of a run begin with.</summary>
    public static byte[] First(string runId) => [.. Encoding.UTF8.GetBytes(runId), 0];

    /// <summary>What comes behind all places of a run.</summary>
    public static byte[] Bound(string runId) => [.. Encoding.UTF8.GetBytes(runId), 1];

    public static Place Decode(RedisValue member) => Decode(((ReadOnlyMemory<byte>)member).Span);

    /// <summary>A member of <c>leases</c>: a place and <c>u4</c> owner.</summary>
    public static (Place Place, uint Owner) DecodeLease(RedisValue member)
    {
        var bytes = ((ReadOnlyMemory<byte>)member).Span;
        if (bytes.Length < Tail + 4)
            throw Damaged();
        return (Decode(bytes[..^4]), BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]));
    }

    private static Place Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Tail || bytes[^Tail] != 0 || BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]) is not (<= int.MaxValue and var index))
            throw Damaged();
        return new(Encoding.UTF8.GetString(bytes[..^Tail]), (int)index);
    }

    private static Errors.StoreDamagedException Damaged() => new("The place of a step is cut short or malformed");
}
