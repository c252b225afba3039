using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A section for a later version: accepted as it stands, but no secret may be in it.</summary>
internal sealed record OpenShape : Shape
{
    public override string Expected => "an object { … }";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node is not SourceObject)
            return Refuse(node, place, problems);
        SecretKey.Find(node, place, problems);
        return node;
    }

    public override JsonObject Schema() => new() { ["type"] = "object" };
}
