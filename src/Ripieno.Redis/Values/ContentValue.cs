using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>A content (of a run under <c>c</c> and its hash, and in <c>snapshots</c>): <c>i4</c> size, negative when it is not packed, and the body.</summary>
internal static class ContentValue
{
    public static byte[] Encode(PackedContent content) => new ValueWriter().I4(content.SignedSize).Bytes(content.Body).ToArray();

    /// <summary>Bytes before the body.</summary>
    public const int HeadLength = 4;

    /// <summary>As it is stored, held against its hash.</summary>
    public static PackedContent DecodePacked(byte[] hash, RedisValue value)
    {
        var reader = new ValueReader("A content", value);
        var size = reader.I4();
        return PackedContent.Stored(hash, reader.Rest().ToArray(), size).Checked();
    }

    /// <exception cref="Errors.StoreDamagedException">It is not what was stored.</exception>
    public static ReadOnlyMemory<byte> Decode(byte[] hash, RedisValue value)
    {
        var reader = new ValueReader("A content", value);
        var size = reader.I4();
        return PackedContent.Unpack(hash, reader.Rest().ToArray(), size);
    }
}
