using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A text that may be long: a string, or a list of its lines, because JSON has no strings of several lines.</summary>
/// <param name="Longest">Characters.</param>
internal sealed record LinesShape(int Longest) : Shape
{
    public override string Expected => $"a text, or a list of its lines, at most {Longest} characters";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems) =>
        Text(node) is { } text && text.Length <= Longest ? node : Refuse(node, place, problems);

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "string", ["maxLength"] = Longest },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }),
    };

    /// <summary>The whole text; null when it is none.</summary>
    public static string? Text(SourceNode? node) => node switch
    {
        SourceArray lines when lines.Items.All(line => line.Text is not null) => string.Join('\n', lines.Items.Select(line => line.Text)),
        _ => node?.Text,
    };
}
