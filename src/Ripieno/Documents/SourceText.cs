using System.Buffers;
using System.Text;
using Ripieno.Errors;

namespace Ripieno.Documents;

/// <summary>A text that a user wrote, decoded, with the name by which the user knows it.</summary>
/// <param name="File">The file as the user named it; null for a command line.</param>
/// <param name="Text">Without byte order mark; line ends as written.</param>
internal sealed record SourceText(string? File, string Text)
{
    /// <summary>Decodes UTF-8, with or without a byte order mark; anything else is a problem that names the first bad line.</summary>
    public static SourceText Decode(string? file, ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new InvalidInputException(new Problem(file, 1, "encoding", "UTF-16", "UTF-8", "Save the file as UTF-8."));

        var body = bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes;
        var line = 1;
        for (var rest = body; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != OperationStatus.Done)
            {
                throw new InvalidInputException(
                    new Problem(file, line, "encoding", $"the byte 0x{rest[0]:X2}, which is not UTF-8", "UTF-8 text", "Save the file as UTF-8."));
            }

            if (rune.Value == '\n')
                line++;
            rest = rest[length..];
        }

        return new SourceText(file, Encoding.UTF8.GetString(body));
    }

    /// <summary>Reads a file of at most <paramref name="limit"/> bytes; every reason that it cannot be read is a problem.</summary>
    public static SourceText Read(string name, string path, long limit, Problem missing)
    {
        try
        {
            if (Directory.Exists(path))
                throw new InvalidInputException(missing with { Found = $"the folder {name}", Expected = "a file" });
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new InvalidInputException(missing);
            if (file.Length > limit)
                throw TooLarge(name, limit);
            return Decode(name, System.IO.File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InvalidInputException(missing with { Found = $"{name}, which cannot be read ({failure.Message})", Expected = "a readable file" });
        }
    }

    /// <summary>Reads a stream of at most <paramref name="limit"/> bytes.</summary>
    public static SourceText Read(string? name, Stream stream, long limit)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = stream.Read(buffer, 0, buffer.Length)) > 0;)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > limit)
                throw TooLarge(name, limit);
        }

        return Decode(name, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static InvalidInputException TooLarge(string? name, long limit) =>
        new(new Problem(name, null, "size", $"more than {limit / 1024 / 1024} MB", $"at most {limit / 1024 / 1024} MB", "Split the file."));
}
