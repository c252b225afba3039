using System.IO.Compression;

namespace Ripieno.Storage;

/// <summary>A content made ready to be stored, by the caller's thread: the same in every store, so that a copy from one to another is a copy of bytes.</summary>
/// <param name="Hash">Its name in the run.</param>
/// <param name="Size">Bytes before packing.</param>
/// <param name="IsPacked">True when <paramref name="Body"/> is Brotli.</param>
/// <param name="Body">What is stored.</param>
internal sealed record PackedContent(byte[] Hash, int Size, bool IsPacked, byte[] Body)
{
    /// <summary>Below this packing saves less than a page holds anyway.</summary>
    private const int WorthPacking = 512;

    /// <summary>Bytes up to which a result stands in its step's own row: most writes touch one page less, and the row stays short enough to be read past.</summary>
    private const int Inline = 512;

    public bool IsInline => FitsInline(Body.Length);

    public static bool FitsInline(int length) => length <= Inline;

    /// <summary>Size where there is no column for whether it is packed: negative when it is not.</summary>
    public int SignedSize => IsPacked ? Size : -Size;

    /// <summary>As it is stored.</summary>
    public static PackedContent Stored(byte[] hash, byte[] body, int signedSize) => new(hash, Math.Abs(signedSize), signedSize > 0, body);

    /// <returns>Itself, held against its hash.</returns>
    /// <exception cref="Errors.StoreDamagedException">It is not what was stored.</exception>
    public PackedContent Checked()
    {
        Unpack(Hash, Body, Size, IsPacked);
        return this;
    }

    public static PackedContent? Of(ReadOnlyMemory<byte> content) => content.IsEmpty ? null : Pack(content.Span);

    public static PackedContent Pack(ReadOnlySpan<byte> content)
    {
        var hash = ContentHash.Of(content).ToBytes();
        if (content.Length >= WorthPacking)
        {
            var packed = new byte[BrotliEncoder.GetMaxCompressedLength(content.Length)];
            // Quality 4: most of the gain of text at a twentieth of the time of the default.
            if (BrotliEncoder.TryCompress(content, packed, out var length, quality: 4, window: 20) && length < content.Length)
                return new(hash, content.Length, true, packed[..length]);
        }

        return new(hash, content.Length, false, content.ToArray());
    }

    /// <summary>Back to what was stored, proven by its hash: a flipped bit must not become a plausible result.</summary>
    /// <exception cref="Errors.StoreDamagedException">It is not what was stored.</exception>
    public static ReadOnlyMemory<byte> Unpack(byte[] hash, byte[] body, int size, bool isPacked)
    {
        var content = body;
        if (isPacked)
        {
            content = new byte[Math.Clamp(size, 0, ContentLimits.Artifacts)];
            if (!BrotliDecoder.TryDecompress(body, content, out var length) || length != size)
                throw Damaged();
        }

        return ContentHash.Of(content) == ContentHash.FromBytes(hash) ? content : throw Damaged();
    }

    public static bool IsIntact(byte[] hash, byte[] body, int signedSize)
    {
        try
        {
            Unpack(hash, body, signedSize);
            return true;
        }
        catch (Errors.StoreDamagedException)
        {
            return false;
        }
    }

    public static Errors.StoreDamagedException Damaged() => new("A content is not what was stored");

    /// <param name="hash">Its name.</param>
    /// <param name="body">As it is stored.</param>
    /// <param name="signedSize">As <see cref="SignedSize"/>.</param>
    public static ReadOnlyMemory<byte> Unpack(byte[] hash, byte[] body, int signedSize) => Unpack(hash, body, Math.Abs(signedSize), signedSize > 0);
}
