using System.Security.Cryptography;

namespace Ripieno.Storage;

/// <summary>SHA-256 of a content: the name under which a run keeps its inputs, results and artifacts.</summary>
internal readonly record struct ContentHash
{
    private readonly string? _hex;

    private ContentHash(string hex) => _hex = hex;

    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new(Convert.ToHexStringLower(hash));
    }

    public static ContentHash FromBytes(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public byte[] ToBytes() => Convert.FromHexString(_hex ?? "");

    public override string ToString() => _hex ?? "";
}

/// <summary>A named output file of a step, to be stored.</summary>
/// <param name="Name">Relative path with forward slashes, already checked.</param>
/// <param name="Content">At most 16 MB for all artifacts of a step together.</param>
internal sealed record ArtifactContent(string Name, ReadOnlyMemory<byte> Content);

/// <summary>A stored artifact.</summary>
internal sealed record ArtifactRecord(int StepIndex, string StepKey, string Name, ContentHash Hash, long Size);
