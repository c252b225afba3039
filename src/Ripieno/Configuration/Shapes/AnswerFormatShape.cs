using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Workflows.Composing;

namespace Ripieno.Configuration.Shapes;

/// <summary>What a step's answer looks like: the word <c>text</c> or <c>json</c>, or a JSON schema.</summary>
internal sealed record AnswerFormatShape : Shape
{
    public const string Text = "text";
    public const string Json = "json";

    public override string Expected => $"\"{Text}\", \"{Json}\" or a JSON schema";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems) =>
        node is SourceObject || node.Text is Text or Json ? node : Refuse(node, place, problems, node.Text is { } text ? NearestName.Suggestion(text, [Text, Json]) : null);

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "string", ["enum"] = new JsonArray(Text, Json) },
            new JsonObject { ["type"] = "object" }),
    };

    /// <summary>The JSON schema; null = text.</summary>
    public static string? Of(SourceNode? node) => node switch
    {
        SourceObject schema => schema.ToJson().ToJsonString(),
        { Text: Json } => AnswerSchema.Any,
        _ => null,
    };
}
