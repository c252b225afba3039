using System.Text.Json;
using NJsonSchema;

namespace Ripieno.Workflows.Composing;

/// <summary>The JSON schema that a step's answer must satisfy.</summary>
internal static class AnswerSchema
{
    /// <summary>Any JSON at all.</summary>
    public const string Any = "{}";

    /// <summary>Keywords that hold values, not schemas.</summary>
    private static readonly string[] Values = ["enum", "const", "default", "examples"];

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>What is wrong with a schema, as the end of "found …"; null = nothing.</summary>
    public static string? Problem(string schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return "a schema that is no object";
            // The library would fetch it, from wherever it says.
            if (Reference(document.RootElement) is { } reference)
                return $"a schema that refers to '{reference}', outside of itself";
            // The library takes any for none.
            if (UnknownType(document.RootElement) is { } type)
                return $"a schema with the unknown type {type}";
            Read(schema);
            return null;
        }
        // The library throws what its parser throws, of several kinds.
        catch (Exception exception)
        {
            return $"a schema that cannot be used ({exception.Message.Split('\n')[0].TrimEnd('.')})";
        }
    }

    /// <summary>Sentences that say where a JSON text differs from the schema; empty = nowhere.</summary>
    /// <param name="schema">A usable schema.</param>
    /// <param name="json">Valid JSON.</param>
    public static IReadOnlyList<string> Differences(string schema, string json) =>
        [.. Read(schema).Validate(json).Select(error => $"`{error.Path?.TrimStart('#', '/') ?? ""}`: {error.Kind}.")];

    private static string? Reference(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .Select(member => member.NameEquals("$ref") && member.Value.ValueKind == JsonValueKind.String && !member.Value.GetString()!.StartsWith('#') ? member.Value.GetString() : Reference(member.Value))
            .FirstOrDefault(found => found is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(Reference).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static string? UnknownType(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .Where(member => !Values.Contains(member.Name, StringComparer.Ordinal))
            .Select(member => member.NameEquals("type") && member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number && !Types.Contains(member.Value.ToString(), StringComparer.Ordinal)
                ? member.Value.GetRawText()
                : UnknownType(member.Value))
            .FirstOrDefault(found => found is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(UnknownType).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static JsonSchema Read(string schema) => JsonSchema.FromJsonAsync(schema).GetAwaiter().GetResult();
}
