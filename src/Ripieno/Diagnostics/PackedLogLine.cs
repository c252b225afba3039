using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Ripieno.Configuration;
using Ripieno.Storage;

namespace Ripieno.Diagnostics;

/// <summary>
/// A line as the store keeps it: a JSON array <c>[milliseconds, level, id, instance, step, message, exception's type, its message]</c>, the last two only where something was thrown. Half as long as the line of a file.
/// The run is where it lies. Long texts are cut, so that a line never takes more than <see cref="ContentLimits.LogEntry"/> bytes.
/// </summary>
internal static class PackedLogLine
{
    private const int LongestText = 500;

    private const int LongestName = 120;

    private static readonly JsonWriterOptions Short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Pack(LogLine line)
    {
        // A character of another script takes three bytes, a control character six.
        for (var longest = LongestText; ; longest /= 2)
        {
            var packed = Pack(line, longest);
            if (packed.Length <= ContentLimits.LogEntry)
                return packed;
        }
    }

    /// <summary>Null for what is no line: written by a later version.</summary>
    public static LogLine? Unpack(string runId, ReadOnlyMemory<byte> packed)
    {
        try
        {
            using var json = JsonDocument.Parse(packed);
            var parts = json.RootElement;
            return new(
                DateTimeOffset.FromUnixTimeMilliseconds(parts[0].GetInt64()), (LogLevel)parts[1].GetInt32(), parts[3].GetString()!, runId, parts[4].GetString(), parts[5].GetString()!,
                parts.GetArrayLength() > 7 ? new(parts[6].GetString()!, parts[7].GetString()!) : null, parts[2].GetString());
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static byte[] Pack(LogLine line, int longest)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes, Short))
        {
            json.WriteStartArray();
            json.WriteNumberValue(line.Time.ToUnixTimeMilliseconds());
            json.WriteNumberValue((int)line.Level);
            json.WriteStringValue(line.Id);
            json.WriteStringValue(Cut(line.Instance, Math.Min(LongestName, longest)));
            json.WriteStringValue(line.Step is null ? null : Cut(line.Step, Math.Min(LongestName, longest)));
            json.WriteStringValue(Cut(Masked(line.Message), longest));
            if (line.Exception is { } thrown)
            {
                json.WriteStringValue(Cut(thrown.Type, Math.Min(LongestName, longest)));
                json.WriteStringValue(Cut(Masked(thrown.Message), longest));
            }

            json.WriteEndArray();
        }

        return bytes.WrittenSpan.ToArray();
    }

    // Masked before it is cut, because an address without its end is not known as one.
    private static string Masked(string text) => RedisAddress.Mask(Cut(text, LongestText * 8));

    private static string Cut(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        // Half of a pair is no character.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest), "…");
    }
}
