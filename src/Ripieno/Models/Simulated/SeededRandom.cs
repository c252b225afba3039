using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ripieno.Models.Simulated;

/// <summary>
/// Random numbers that depend on a seed and texts only: the same on every machine and runtime, which neither <see cref="Random"/>
/// nor <see cref="string.GetHashCode()"/> promises. SplitMix64 over a SHA-256 of the input.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _state;

    public SeededRandom(int seed, params ReadOnlySpan<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, seed);
        hash.AppendData(number);
        foreach (var text in texts)
        {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            BinaryPrimitives.WriteInt32LittleEndian(number, text.Length);
            hash.AppendData(number);
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        _state = BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }

    /// <summary>0 or more, less than 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high) => high <= low ? low : low + (long)(Fraction() * (high - low + 1.0));

    public T Pick<T>(IReadOnlyList<T> choices) => choices[(int)Between(0, choices.Count - 1)];

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
