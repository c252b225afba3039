using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using NJsonSchema;
using Ripieno.Errors;
using Ripieno.Models.Simulated;

namespace Ripieno.Tests.Models.Simulated;

public sealed class SchemaAnswerTests
{
    [Theory]
    [InlineData("""{ "type": "string", "minLength": 200, "maxLength": 210 }""")]
    [InlineData("""{ "type": "string", "maxLength": 3 }""")]
    [InlineData("""{ "type": "string", "format": "date-time" }""")]
    [InlineData("""{ "type": "string", "format": "date" }""")]
    [InlineData("""{ "type": "string", "format": "email" }""")]
    [InlineData("""{ "type": "string", "format": "uri" }""")]
    [InlineData("""{ "type": "string", "format": "uuid" }""")]
    [InlineData("""{ "type": "integer", "minimum": 3, "maximum": 3 }""")]
    [InlineData("""{ "type": "integer", "minimum": -20, "maximum": -10, "multipleOf": 5 }""")]
    [InlineData("""{ "type": "number", "minimum": 0, "maximum": 1 }""")]
    [InlineData("""{ "type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.25 }""")]
    [InlineData("""{ "type": ["null", "boolean"] }""")]
    [InlineData("""{ "type": "null" }""")]
    [InlineData("""{ "const": { "a": [1, null] } }""")]
    [InlineData("""{ "enum": ["a", 1, null] }""")]
    [InlineData("""{ "anyOf": [ { "type": "integer" }, { "type": "string" } ] }""")]
    [InlineData("""{ "type": "array", "items": { "enum": [1, 2, 3, 4] }, "minItems": 4, "maxItems": 4, "uniqueItems": true }""")]
    [InlineData("""{ "type": "array", "maxItems": 0, "items": { "type": "string" } }""")]
    [InlineData("""{ "type": "object", "required": ["anything"] }""")]
    [InlineData("""{ "properties": { "a": { "items": {} } }, "required": ["a"] }""")]
    [InlineData("{}")]
    public async Task A_value_satisfies_its_schema(string schema)
    {
        var validator = await JsonSchema.FromJsonAsync(schema);
        for (var seed = 0; seed < 20; seed++)
            AssertValid(validator, schema, seed);
    }

    [Theory]
    [InlineData("""{ "type": "array", "items": { "type": "string" }, "minItems": 2000000000 }""")]
    [InlineData("""{ "type": "array", "minItems": 1e300 }""")]
    [InlineData("""{ "type": "array", "minItems": 1000, "items": { "type": "array", "minItems": 1000 } }""")]
    [InlineData("""{ "type": "string", "minLength": 5000000000 }""")]
    public void What_no_machine_could_hold_is_refused(string schema) =>
        Assert.Contains("does not make up", Assert.Throws<ModelRejectedException>(() => SchemaAnswer.For(Schemas.Parse(schema), new SeededRandom(1, "prompt"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Values_satisfy_any_schema_made_of_the_supported_keywords() =>
        SchemaOf(depth: 3).Sample(
            schema =>
            {
                var text = schema.ToJsonString();
                AssertValid(JsonSchema.FromJsonAsync(text).GetAwaiter().GetResult(), text, seed: 11);
            },
            iter: 300);

    private static void AssertValid(JsonSchema validator, string schema, int seed)
    {
        var answer = SchemaAnswer.For(Schemas.Parse(schema), new SeededRandom(seed, "prompt"))?.ToJsonString() ?? "null";
        var errors = validator.Validate(answer);
        Assert.True(errors.Count == 0, string.Create(CultureInfo.InvariantCulture, $"{schema}\ngave {answer}\n{string.Join('\n', errors)}"));
    }

    private static Gen<JsonObject> SchemaOf(int depth)
    {
        var leaf = Gen.OneOf(Strings, Integers, Numbers, Booleans, Enums);
        return depth == 0 ? leaf : Gen.OneOf(leaf, Objects(depth - 1), Arrays(depth - 1));
    }

    private static Gen<JsonObject> Strings => Gen.Select(
        Gen.Int[0, 80], Gen.Int[0, 80], (least, more) => new JsonObject { ["type"] = "string", ["minLength"] = least, ["maxLength"] = least + more });

    private static Gen<JsonObject> Integers => Gen.Select(
        Gen.Int[-1000, 1000], Gen.Int[0, 50], (least, more) => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = least + more });

    private static Gen<JsonObject> Numbers => Gen.Select(
        Gen.Int[-1000, 1000], Gen.Int[0, 500], (least, more) => new JsonObject { ["type"] = "number", ["minimum"] = least / 8.0, ["maximum"] = (least + more) / 8.0 });

    private static Gen<JsonObject> Booleans => Gen.Const(0).Select(_ => new JsonObject { ["type"] = "boolean" });

    private static Gen<JsonObject> Enums => Gen.String[Gen.Char.AlphaNumeric, 1, 8].Array[1, 4]
        .Select(names => new JsonObject { ["enum"] = new JsonArray([.. names.Distinct(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]) });

    private static Gen<JsonObject> Objects(int depth) => Gen.Select(
        Gen.String[Gen.Char['a', 'z'], 1, 6].Array[0, 4], SchemaOf(depth).Array[4], (names, parts) =>
        {
            var properties = new JsonObject();
            foreach (var (name, part) in names.Zip(parts))
                properties[name] = part.DeepClone();
            return new JsonObject
            {
                ["type"] = "object",
                ["properties"] = properties,
                ["required"] = new JsonArray([.. properties.Select(property => JsonValue.Create(property.Key))]),
                ["additionalProperties"] = false,
            };
        });

    private static Gen<JsonObject> Arrays(int depth) => Gen.Select(
        SchemaOf(depth), Gen.Int[0, 4], Gen.Int[0, 4], (items, least, more) => new JsonObject
        {
            ["type"] = "array",
            ["items"] = items.DeepClone(),
            ["minItems"] = least,
            ["maxItems"] = least + more,
        });
}
