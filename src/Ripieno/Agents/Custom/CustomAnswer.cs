using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Agents.Custom;

/// <summary>What an agent answered in a step of a user's workflow.</summary>
/// <param name="Value">A text, or the JSON that was asked for.</param>
/// <param name="Text">As a file has it.</param>
internal sealed record CustomAnswer(JsonElement Value, string Text)
{
    /// <summary>The wrapping around a stored value.</summary>
    private const int Slack = 64;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly AnswerShape<CustomAnswer> AnyText = new(
        "answer", ChatResponseFormat.Text, text => text.Trim() is { Length: > 0 } answer ? new(JsonSerializer.SerializeToElement(answer, WorkflowJson.Default.String), answer + "\n") : throw new JsonException("The answer is empty."));

    public static AnswerShape<CustomAnswer> ShapeOf(StepWork work) => work.Answer switch
    {
        null => AnyText,
        AnswerSchema.Any => new("answer", ChatResponseFormat.Json, ReadJson),
        var schema => new("answer", ChatResponseFormat.ForJsonSchema(JsonElement.Parse(schema), "answer"), ReadJson),
    };

    /// <summary>Sentences that say what is wrong with it; empty = nothing.</summary>
    public IReadOnlyList<string> Problems(StepWork work)
    {
        var raw = Value.GetRawText();
        if (Encoding.UTF8.GetByteCount(raw) + Slack is > ContentLimits.Result and var size)
            return [$"The answer takes {size} bytes; at most {ContentLimits.Result} are allowed."];
        return work.Answer is { } schema ? AnswerSchema.Differences(schema, raw) : [];
    }

    /// <summary>Of a value that needs no reading.</summary>
    public static CustomAnswer Of(JsonElement value) => value.ValueKind == JsonValueKind.String ? new(value, value.GetString() + "\n") : OfJson(value);

    private static CustomAnswer ReadJson(string text) => OfJson(JsonElement.Parse(AnswerText.JsonIn(text)));

    private static CustomAnswer OfJson(JsonElement value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Indented))
            value.WriteTo(writer);
        return new(value, Encoding.UTF8.GetString(bytes.ToArray()) + "\n");
    }
}
