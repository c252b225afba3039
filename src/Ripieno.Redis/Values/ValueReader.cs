using System.Buffers.Binary;
using System.Text;
using Ripieno.Errors;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>Takes a stored value apart from front to back; numbers are big-endian.</summary>
/// <param name="what">What the value is, for the message when it is not that.</param>
/// <param name="value">All of it.</param>
internal ref struct ValueReader(string what, ReadOnlySpan<byte> value)
{
    private ReadOnlySpan<byte> _left = value;

    public ValueReader(string what, RedisValue value) : this(what, ToBytes(value))
    {
    }

    public readonly bool IsAtEnd => _left.IsEmpty;

    /// <summary>How much is left.</summary>
    public readonly int Length => _left.Length;

    public byte U1() => Take(1)[0];

    public bool Flag() => U1() != 0;

    public int U2() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int I4() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint U4() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>A <c>u4</c> that counts something.</summary>
    public int Count() => U4() is <= int.MaxValue and var count ? (int)count : throw Damaged();

    public long I8() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public long U8() => I8() is >= 0 and var number ? number : throw Damaged();

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public ContentHash Hash() => ContentHash.FromBytes(Take(32));

    /// <summary>One byte that says whether a hash follows.</summary>
    public ContentHash? HashOrNull() => Flag() ? Hash() : null;

    public string Text() => Encoding.UTF8.GetString(Take(U2()));

    /// <summary>A text whose length has four bytes.</summary>
    public string LongText() => Encoding.UTF8.GetString(Take(Count()));

    public ReadOnlySpan<byte> Rest() => Take(_left.Length);

    /// <summary>The rest as text; null when there is none.</summary>
    public string? RestText() => IsAtEnd ? null : Encoding.UTF8.GetString(Rest());

    public readonly void End()
    {
        if (!IsAtEnd)
            throw Damaged();
    }

    public ReadOnlySpan<byte> Bytes(int count) => Take(count);

    public readonly StoreDamagedException Damaged() => new($"{what} is cut short or malformed");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_left.Length < count)
            throw Damaged();
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }

    private static ReadOnlySpan<byte> ToBytes(RedisValue value) => ((ReadOnlyMemory<byte>)value).Span;
}
