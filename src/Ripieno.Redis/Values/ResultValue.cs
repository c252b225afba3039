using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>A step's result (<c>r</c>): 32 bytes hash, <c>i4</c> size, negative when it is not packed, and the body unless that stands in <c>content</c>.</summary>
internal readonly record struct ResultValue(ContentHash Hash, int SignedSize, byte[] Body)
{
    /// <summary>A result is never empty, and neither is its body.</summary>
    public bool IsInline => Body.Length > 0;

    public static byte[] Encode(PackedContent result) =>
        new ValueWriter().Bytes(result.Hash).I4(result.SignedSize).Bytes(result.IsInline ? result.Body : []).ToArray();

    /// <summary>Of a long one that comes from another store the size is not said here, as its content says it.</summary>
    public static byte[] Encode(Storage.Moving.ContentImage result) =>
        new ValueWriter().Hash(result.Hash).I4(result.Inline?.SignedSize ?? 0).Bytes(result.Inline?.Body).ToArray();

    public static ResultValue Decode(RedisValue value)
    {
        var reader = new ValueReader("The result of a step", value);
        return new(reader.Hash(), reader.I4(), reader.Rest().ToArray());
    }
}
