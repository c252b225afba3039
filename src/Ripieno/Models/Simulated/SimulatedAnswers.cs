using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ripieno.Models.Simulated;

/// <summary>
/// The mind of a simulated model: answers that fit the schema asked for and depend on seed, messages and schema only, so that
/// a run can be repeated byte by byte. Schemas titled <c>plan</c>, <c>work</c> and <c>review</c> get answers that make sense of
/// the prompt's blocks; any other schema gets plausible values.
/// </summary>
/// <param name="seed">Another seed gives other answers to the same prompt.</param>
/// <param name="revisionRate">Share of reviews that ask for a revision, 0 to 1.</param>
internal sealed class SimulatedAnswers(int seed, double revisionRate)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer's text: JSON when a schema is given, else a few sentences.</summary>
    public string Answer(IReadOnlyList<SimulatedMessage> messages, JsonElement? schema)
    {
        var prompt = messages.LastOrDefault(message => message.Role == "user")?.Text ?? "";
        var random = new SeededRandom(seed, [.. messages.SelectMany(message => new[] { message.Role, message.Text })]);
        if (schema is not { } wanted)
            return SimulatedText.Paragraph(random, prompt);
        return (Meaningful(prompt, wanted, random) ?? SchemaAnswer.For(wanted, random))?.ToJsonString(Readable) ?? "null";
    }

    private JsonObject? Meaningful(string prompt, JsonElement schema, SeededRandom random)
    {
        var answer = PromptBlock.Property(schema, "title") switch
        {
            "plan" => PlanAnswer.For(prompt),
            "work" => WorkAnswer.For(prompt, random),
            "review" => ReviewAnswer.For(prompt, random, revisionRate),
            _ => null,
        };
        return answer is not null && HasAllRequired(schema, answer) ? answer : null;
    }

    /// <summary>A user's own schema may bear one of our titles; its answer must then come from the schema.</summary>
    private static bool HasAllRequired(JsonElement schema, JsonObject answer) =>
        !schema.TryGetProperty("required", out var required) || required.ValueKind != JsonValueKind.Array
        || required.EnumerateArray().All(name => name.GetString() is { } text && answer.ContainsKey(text));
}
