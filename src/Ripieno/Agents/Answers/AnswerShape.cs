using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Ripieno.Agents.Answers;

/// <summary>What an agent must answer: the schema that is sent along, and the strict reading of what comes back.</summary>
internal sealed class AnswerShape<TAnswer>(string title, string schema, JsonTypeInfo<TAnswer> type)
    where TAnswer : class
{
    public string Title => title;

    public ChatResponseFormat Format { get; } = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse(schema).RootElement, title);

    /// <summary>Reads an answer; white space and a Markdown fence around the JSON are tolerated, since models add them unasked.</summary>
    /// <exception cref="JsonException">What is wrong, with its place.</exception>
    public TAnswer Read(string text)
    {
        var json = WithoutFence(text.Trim());
        if (json.Length == 0)
            throw new JsonException("The answer is empty.");
        var bytes = Encoding.UTF8.GetBytes(json);
        RefuseNull(bytes);
        return JsonSerializer.Deserialize(bytes, type)!;
    }

    private static string WithoutFence(string text)
    {
        const string Fence = "```";
        if (!text.StartsWith(Fence, StringComparison.Ordinal) || !text.EndsWith(Fence, StringComparison.Ordinal))
            return text;
        var firstLine = text.IndexOf('\n', StringComparison.Ordinal);
        if (firstLine < 0 || text[Fence.Length..firstLine].Trim() is not ("" or "json" or "JSON"))
            return text;
        return text[firstLine..^Fence.Length].Trim();
    }

    // The serializer does not look at nulls inside of arrays, and no answer has a place for one.
    private static void RefuseNull(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new() { MaxDepth = AnswerJson.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null)
                throw new JsonException($"The value null at byte {reader.TokenStartIndex} is not allowed; use an empty string or array.");
        }
    }
}
