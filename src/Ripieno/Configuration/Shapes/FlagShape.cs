using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

internal sealed record FlagShape : Shape
{
    public override string Expected => "true or false";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems) =>
        node is SourceScalar { Kind: JsonValueKind.True or JsonValueKind.False } ? node : Refuse(node, place, problems);

    public override JsonObject Schema() => new() { ["type"] = "boolean" };
}
