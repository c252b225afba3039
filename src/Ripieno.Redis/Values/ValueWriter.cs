using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Redis.Values;

/// <summary>Puts a value together as <see cref="ValueReader"/> takes it apart.</summary>
internal sealed class ValueWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ValueWriter U1(int number)
    {
        Next(1)[0] = checked((byte)number);
        return this;
    }

    public ValueWriter U2(int number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Next(2), checked((ushort)number));
        return this;
    }

    public ValueWriter I4(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(Next(4), number);
        return this;
    }

    public ValueWriter U4(long number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Next(4), checked((uint)number));
        return this;
    }

    public ValueWriter I8(long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(Next(8), number);
        return this;
    }

    public ValueWriter Double(double number)
    {
        BinaryPrimitives.WriteDoubleBigEndian(Next(8), number);
        return this;
    }

    public ValueWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public ValueWriter Hash(ContentHash hash) => Bytes(hash.ToBytes());

    public ValueWriter HashOrNull(ContentHash? hash) => hash is { } one ? U1(1).Hash(one) : U1(0);

    /// <param name="what">What the text is, for the message when it is too long to be stored.</param>
    /// <param name="text">At most 65,535 bytes as UTF-8.</param>
    /// <exception cref="InvalidInputException">It is longer.</exception>
    public ValueWriter Text(string what, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > ushort.MaxValue)
            throw new InvalidInputException(new Problem(null, null, what, $"{length} bytes", $"at most {ushort.MaxValue} bytes"));
        U2(length);
        Encoding.UTF8.GetBytes(text, Next(length));
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private Span<byte> Next(int count)
    {
        var span = _bytes.GetSpan(count)[..count];
        _bytes.Advance(count);
        return span;
    }
}
