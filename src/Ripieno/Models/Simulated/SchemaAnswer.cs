using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Errors;

namespace Ripieno.Models.Simulated;

/// <summary>
/// A value that satisfies a JSON schema: types (one or several), objects, arrays, enums, constants, the bounds on numbers, lengths and counts,
/// common string formats, the first branch of <c>anyOf</c> and <c>oneOf</c>. Not <c>$ref</c>, <c>pattern</c>, <c>allOf</c> or conditions.
/// </summary>
internal static class SchemaAnswer
{
    /// <summary>Far more than a demonstration needs, and far from what a machine cannot hold: a schema may ask for a billion items.</summary>
    private const int MostValues = 10_000, LongestText = 1_000_000;

    /// <exception cref="ModelRejectedException">The schema asks for more than that.</exception>
    public static JsonNode? For(JsonElement schema, SeededRandom random)
    {
        var left = MostValues;
        return For(schema, random, ref left);
    }

    private static JsonNode? For(JsonElement schema, SeededRandom random, ref int left)
    {
        if (--left < 0)
            throw TooMuch($"more than {MostValues.ToString("N0", CultureInfo.InvariantCulture)} values");
        if (schema.ValueKind != JsonValueKind.Object)
            return JsonValue.Create(SimulatedText.Word(random));
        if (schema.TryGetProperty("const", out var constant))
            return Copy(constant);
        if (schema.TryGetProperty("enum", out var choices) && choices.GetArrayLength() > 0)
            return Copy(random.Pick([.. choices.EnumerateArray()]));
        foreach (var alternative in (ReadOnlySpan<string>)["anyOf", "oneOf"])
            if (schema.TryGetProperty(alternative, out var branches) && branches.GetArrayLength() > 0)
                return For(branches[0], random, ref left);

        return Type(schema) switch
        {
            "object" => Object(schema, random, ref left),
            "array" => Array(schema, random, ref left),
            "integer" => Integer(schema, random),
            "number" => Number(schema, random),
            "boolean" => JsonValue.Create(random.Fraction() < 0.5),
            "null" => null,
            _ => JsonValue.Create(Text(schema, random)),
        };
    }

    /// <summary>The first type named that is not null; guessed from the keywords when none is named.</summary>
    private static string Type(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
            return schema.TryGetProperty("properties", out _) ? "object" : schema.TryGetProperty("items", out _) ? "array" : "string";
        if (type.ValueKind == JsonValueKind.String)
            return type.GetString()!;
        var names = type.EnumerateArray().Select(name => name.GetString()!).ToList();
        return names.Find(name => name != "null") ?? "null";
    }

    private static JsonObject Object(JsonElement schema, SeededRandom random, ref int left)
    {
        var answer = new JsonObject();
        if (schema.TryGetProperty("properties", out var properties))
            foreach (var property in properties.EnumerateObject())
                answer[property.Name] = For(property.Value, random, ref left);
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray().Select(name => name.GetString()!).Where(name => !answer.ContainsKey(name)))
                answer[name] = JsonValue.Create(SimulatedText.Word(random));
        return answer;
    }

    private static JsonArray Array(JsonElement schema, SeededRandom random, ref int left)
    {
        const int usual = 3;
        const int tries = 100;
        var least = Bound(schema, "minItems") is { } low ? (long)Math.Min(low, MostValues + 1) : 0;
        var most = Bound(schema, "maxItems") is { } high ? (long)high : Math.Max(least, usual);
        var count = random.Between(Math.Max(least, Math.Min(1, most)), Math.Min(most, least + usual));
        var unique = schema.TryGetProperty("uniqueItems", out var flag) && flag.ValueKind == JsonValueKind.True;
        var items = schema.TryGetProperty("items", out var given) ? given : default;
        var answer = new JsonArray();
        for (var attempt = 0; answer.Count < count && attempt < count + tries; attempt++)
        {
            var item = For(items, random, ref left);
            if (!unique || !answer.Any(other => JsonNode.DeepEquals(other, item)))
                answer.Add(item);
        }

        return answer;
    }

    private static JsonValue Integer(JsonElement schema, SeededRandom random)
    {
        var low = Bound(schema, "exclusiveMinimum") is { } above ? Math.Floor(above) + 1 : Math.Ceiling(Bound(schema, "minimum") ?? double.NaN);
        var high = Bound(schema, "exclusiveMaximum") is { } below ? Math.Ceiling(below) - 1 : Math.Floor(Bound(schema, "maximum") ?? double.NaN);
        (low, high) = Range(low, high);
        var step = Bound(schema, "multipleOf") is { } multiple and >= 1 ? multiple : 1;
        return JsonValue.Create((long)(random.Between((long)Math.Ceiling(low / step), (long)Math.Floor(high / step)) * step));
    }

    private static JsonValue Number(JsonElement schema, SeededRandom random)
    {
        if (Bound(schema, "multipleOf") is { } step and > 0)
        {
            var (from, to) = Range(Bound(schema, "minimum") ?? double.NaN, Bound(schema, "maximum") ?? double.NaN);
            return JsonValue.Create((decimal)random.Between((long)Math.Ceiling(from / step), (long)Math.Floor(to / step)) * (decimal)step);
        }

        var (low, high) = Range(
            Bound(schema, "exclusiveMinimum") ?? Bound(schema, "minimum") ?? double.NaN,
            Bound(schema, "exclusiveMaximum") ?? Bound(schema, "maximum") ?? double.NaN);
        // Away from both ends, which may be excluded.
        return JsonValue.Create(low + ((high - low) * (0.1 + (0.8 * random.Fraction()))));
    }

    private static (double Low, double High) Range(double low, double high) => (double.IsNaN(low), double.IsNaN(high)) switch
    {
        (true, true) => (0, 100),
        (true, false) => (Math.Min(0, high - 100), high),
        (false, true) => (low, Math.Max(100, low + 100)),
        _ => (low, high),
    };

    private static string Text(JsonElement schema, SeededRandom random)
    {
        if (PromptBlock.Property(schema, "format") is { Length: > 0 } format && Formatted(format, random) is { } formatted)
            return formatted;
        var text = new StringBuilder(SimulatedText.Sentence(random));
        var least = Bound(schema, "minLength") ?? 0;
        if (least > LongestText)
            throw TooMuch($"a text of {least.ToString("N0", CultureInfo.InvariantCulture)} characters");
        while (text.Length < least)
            text.Append(' ').Append(SimulatedText.Sentence(random));
        if (Bound(schema, "maxLength") is { } most && text.Length > most)
            text.Length = (int)most;
        return text.ToString();
    }

    private static ModelRejectedException TooMuch(string what) =>
        new($"The simulated provider does not make up {what}, as the schema of the answer asks for. Lower minItems or minLength there, or use a model.");

    private static string? Formatted(string format, SeededRandom random) => format switch
    {
        "date-time" => Day(random).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "date" => Day(random).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "time" => Day(random).ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        "email" => $"{SimulatedText.Word(random)}@example.org",
        "uri" => $"https://example.org/{SimulatedText.Word(random)}",
        "uuid" => new Guid((int)random.Between(0, int.MaxValue), 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1).ToString(),
        _ => null,
    };

    private static DateTime Day(SeededRandom random) => DateTime.UnixEpoch.AddMinutes(random.Between(0, 30_000_000));

    private static double? Bound(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static JsonNode? Copy(JsonElement value) => JsonNode.Parse(value.GetRawText());
}
