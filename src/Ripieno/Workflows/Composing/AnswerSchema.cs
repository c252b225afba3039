using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Ripieno.Workflows.Composing;

/// <summary>The JSON schema that a step's answer must satisfy.</summary>
internal static class AnswerSchema
{
    /// <summary>Any JSON at all.</summary>
    public const string Any = "{}";

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>What the library checks. Any other keyword it would take without a word, and take every answer for valid.</summary>
    private static readonly string[] Keywords =
    [
        "type", "enum", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items", "minItems", "maxItems", "uniqueItems",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "format", "allOf", "anyOf", "oneOf", "not",
        "title", "description", "default", "examples", "$schema", "$comment",
    ];

    /// <summary>What is wrong with a schema, as the end of "found …"; null = nothing.</summary>
    public static string? Problem(string schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            if (Problem(document.RootElement) is { } problem)
                return problem;
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
    public static IReadOnlyList<string> Differences(string schema, string json)
    {
        try
        {
            return [.. Read(schema).Validate(json).Select(Sentence)];
        }
        catch (RegexMatchTimeoutException)
        {
            return ["A \"pattern\" of the schema takes too long to be compared with the answer."];
        }
    }

    private static string Sentence(ValidationError error)
    {
        var place = error.Path?.TrimStart('#', '/') is { Length: > 0 } path ? $"`{path}`" : "The answer";
        var words = new StringBuilder();
        foreach (var letter in $"{error.Kind}")
            words.Append(char.IsUpper(letter) && words.Length > 0 ? " " : "").Append(char.ToLowerInvariant(letter));
        return $"{place}: {words}.";
    }

    private static string? Problem(JsonElement schema)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return null;
        if (schema.ValueKind != JsonValueKind.Object)
            return "a schema that is no object";
        foreach (var member in schema.EnumerateObject())
        {
            if (!Keywords.Contains(member.Name, StringComparer.Ordinal))
                return $"a schema with the keyword \"{member.Name}\", which is not understood here";
            if (member.NameEquals("type") && Names(member.Value).Where(type => !Types.Contains(type.ToString(), StringComparer.Ordinal)).Select(type => type.GetRawText()).FirstOrDefault() is { } type)
                return $"a schema with the unknown type {type}";
            if (member.NameEquals("pattern") && PatternProblem(member.Value) is { } pattern)
                return pattern;
            if (Inner(member).Select(Problem).FirstOrDefault(found => found is not null) is { } problem)
                return problem;
        }

        return null;
    }

    private static JsonElement[] Names(JsonElement types) => types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray()] : [types];

    private static string? PatternProblem(JsonElement pattern)
    {
        try
        {
            _ = new Regex(pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1));
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return "a schema with a \"pattern\" that is no regular expression";
        }
    }

    /// <summary>Schemas inside of a keyword.</summary>
    private static IEnumerable<JsonElement> Inner(JsonProperty member) => member.Name switch
    {
        "properties" when member.Value.ValueKind == JsonValueKind.Object => member.Value.EnumerateObject().Select(property => property.Value),
        "allOf" or "anyOf" or "oneOf" when member.Value.ValueKind == JsonValueKind.Array => member.Value.EnumerateArray(),
        "properties" or "items" or "additionalProperties" or "allOf" or "anyOf" or "oneOf" or "not" => [member.Value],
        _ => [],
    };

    // Waits for nothing: the library is asynchronous for references outside of the schema, and there can be none.
    private static JsonSchema Read(string schema) => JsonSchema.FromJsonAsync(schema).GetAwaiter().GetResult();
}
