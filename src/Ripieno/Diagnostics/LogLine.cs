using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Ripieno.Diagnostics;

/// <summary>One line of a log file: a JSON object with these members, those without a value left out.</summary>
/// <param name="Time">When, in UTC.</param>
/// <param name="Level">How bad.</param>
/// <param name="Instance">Process that wrote it.</param>
/// <param name="Run">Run it is about.</param>
/// <param name="Step">Key of the step it is about.</param>
/// <param name="Message">For people. Never a prompt, an answer or a credential.</param>
/// <param name="Exception">What was thrown; without a stack trace, which tells a user nothing.</param>
/// <param name="Id">Names the line among all of all processes, see <see cref="LogIds"/>; null = written by an older version.</param>
internal sealed record LogLine(
    DateTimeOffset Time, LogLevel Level, string Instance, string? Run, string? Step, string Message, LogException? Exception, string? Id = null)
{
    // Letters of other scripts stand as they are: people read these files, no browser does.
    private static readonly LogLineJson Readable =
        new(new(LogLineJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Null for a line that is not one of ours: cut off by a crash, or written by something else.</summary>
    public static LogLine? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LogLineJson.Default.LogLine) is { Message: not null, Instance: not null } line ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Readable.LogLine);
}

/// <param name="Type">Name of the exception's type.</param>
/// <param name="Message">Its message and those of its causes, joined by <c>: </c>.</param>
internal sealed record LogException(string Type, string Message)
{
    public static LogException Of(Exception exception)
    {
        var message = exception.Message;
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
            message = $"{message}: {inner.Message}";
        return new(exception.GetType().Name, message);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class LogLineJson : JsonSerializerContext;
