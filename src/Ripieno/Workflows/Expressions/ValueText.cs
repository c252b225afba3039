using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ripieno.Workflows.Expressions;

/// <summary>How values stand in texts.</summary>
internal static class ValueText
{
    // For models and people: quotes, angle brackets and letters of all scripts stay as they are.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A string as it is, nothing as an empty text, anything else as compact JSON.</summary>
    public static string Of(JsonElement? value)
    {
        if (value is not { } given || given.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return "";
        if (given.ValueKind == JsonValueKind.String)
            return given.GetString()!;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
            given.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
