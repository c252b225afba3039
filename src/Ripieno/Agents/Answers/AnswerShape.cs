using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Ripieno.Agents.Answers;

/// <summary>What an agent must answer: the format that is asked for, and the strict reading of what comes back.</summary>
internal sealed class AnswerShape<TAnswer>
    where TAnswer : class
{
    private readonly Func<string, TAnswer> _read;

    /// <param name="title">What the answer is called.</param>
    /// <param name="schema">JSON schema that is sent along.</param>
    /// <param name="type">How the answer is read.</param>
    public AnswerShape(string title, string schema, JsonTypeInfo<TAnswer> type)
        : this(title, ChatResponseFormat.ForJsonSchema(JsonDocument.Parse(schema).RootElement, title), text => ReadStrictly(text, type))
    {
    }

    /// <param name="title">What the answer is called.</param>
    /// <param name="format">What is asked for.</param>
    /// <param name="read">Reads an answer; <see cref="JsonException"/> says what is wrong with it.</param>
    public AnswerShape(string title, ChatResponseFormat format, Func<string, TAnswer> read) => (Title, Format, _read) = (title, format, read);

    public string Title { get; }

    public ChatResponseFormat Format { get; }

    /// <exception cref="JsonException">What is wrong, with its place.</exception>
    public TAnswer Read(string text) => _read(text);

    private static TAnswer ReadStrictly(string text, JsonTypeInfo<TAnswer> type)
    {
        var bytes = Encoding.UTF8.GetBytes(AnswerText.JsonIn(text));
        RefuseNull(bytes);
        return JsonSerializer.Deserialize(bytes, type)!;
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

/// <summary>The texts that models answer with.</summary>
internal static class AnswerText
{
    /// <summary>The JSON of an answer; white space and a Markdown fence around it are tolerated, since models add them unasked.</summary>
    /// <exception cref="JsonException">There is nothing.</exception>
    public static string JsonIn(string text)
    {
        var json = WithoutFence(text.Trim());
        return json.Length > 0 ? json : throw new JsonException("The answer is empty.");
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
}
