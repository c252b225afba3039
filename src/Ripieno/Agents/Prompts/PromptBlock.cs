using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ripieno.Agents.Prompts;

/// <summary>Data as they stand in a user message: JSON between tags of their own.</summary>
internal static class PromptBlock
{
    // Readable for a model: quotes, angle brackets and letters of all scripts stay as they are.
    private static readonly PromptJson Json = new(new JsonSerializerOptions(PromptJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Of<TValue>(string name, TValue value)
    {
        var json = JsonSerializer.Serialize(value, (JsonTypeInfo<TValue>)Json.GetTypeInfo(typeof(TValue))!);
        // Data cannot end their own block: "<\/" is the same JSON and no closing tag.
        return $"<{name}>\n{json.Replace("</", "<\\/", StringComparison.Ordinal)}\n</{name}>";
    }
}
