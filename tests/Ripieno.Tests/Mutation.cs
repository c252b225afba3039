using System.Text;
using CsCheck;

namespace Ripieno.Tests;

/// <summary>Spoils a good file in a few random places: bytes changed, cut out, doubled, or replaced by something nasty.</summary>
internal static class Mutation
{
    private static readonly string[] Nasty = ["\"", "{", "}", "[", "]", ",", ":", "\\", "/*", "//", "\n", "\r", "\0", "#", "```", "- [ ]", "999999999999", "\uFEFF", "é", "NaN"];

    public static Gen<byte[]> Of(byte[] good) =>
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 30], Gen.Int[0, 3], Gen.Int[0, Nasty.Length - 1], Gen.Byte).Array[1, 4]
            .Select(changes => changes.Aggregate(good, (bytes, change) => Changed(bytes, change)));

    private static byte[] Changed(byte[] bytes, (int At, int Length, int Kind, int Nasty, byte Value) change)
    {
        var at = Math.Min(change.At, bytes.Length);
        var end = Math.Min(at + change.Length, bytes.Length);
        byte[] middle = change.Kind switch
        {
            0 => [],
            1 => [.. bytes[at..end], .. bytes[at..end]],
            2 => Encoding.UTF8.GetBytes(Nasty[change.Nasty]),
            _ => [change.Value],
        };
        return [.. bytes[..at], .. middle, .. bytes[end..]];
    }
}
