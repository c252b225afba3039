using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>A step's artifacts (<c>a</c>): for each <c>u2</c> length + name, 32 bytes hash, <c>u8</c> size.</summary>
internal static class ArtifactsValue
{
    public static byte[] Encode(IEnumerable<(string Name, PackedContent Content)> artifacts)
    {
        var writer = new ValueWriter();
        foreach (var (name, content) in artifacts)
            writer.Text("the name of an artifact", name).Bytes(content.Hash).I8(content.Size);
        return writer.ToArray();
    }

    public static byte[] Encode(IEnumerable<Storage.Moving.ArtifactImage> artifacts)
    {
        var writer = new ValueWriter();
        foreach (var artifact in artifacts)
            writer.Text("the name of an artifact", artifact.Name).Hash(artifact.Hash).I8(artifact.Size);
        return writer.ToArray();
    }

    public static List<(string Name, ContentHash Hash, long Size)> Decode(RedisValue value)
    {
        var artifacts = new List<(string, ContentHash, long)>();
        var reader = new ValueReader("The artifacts of a step", value);
        while (!reader.IsAtEnd)
            artifacts.Add((reader.Text(), reader.Hash(), reader.U8()));
        return artifacts;
    }
}
