using System.Text.Json;

namespace Ripieno.Models.Simulated;

/// <summary>A part of a prompt between <c>&lt;name&gt;</c> and <c>&lt;/name&gt;</c>.</summary>
internal static class PromptBlock
{
    /// <summary>The text of the last block of that name; null when the prompt has none.</summary>
    public static string? Text(string prompt, string name)
    {
        var open = $"<{name}>";
        var start = prompt.LastIndexOf(open, StringComparison.Ordinal);
        if (start < 0)
            return null;
        start += open.Length;
        var end = prompt.IndexOf($"</{name}>", start, StringComparison.Ordinal);
        return end < 0 ? null : prompt[start..end].Trim();
    }

    /// <summary>The block's JSON; null when there is no block or it holds something else.</summary>
    public static JsonElement? Json(string prompt, string name)
    {
        if (Text(prompt, name) is not { } text)
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A property's text; empty when it is missing or no string.</summary>
    public static string Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
