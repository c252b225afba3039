using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>An object whose keys are names that the user chooses.</summary>
internal sealed record MapShape(Shape Value) : Shape
{
    public override string Expected => "an object { … }";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node is not SourceObject section)
            return Refuse(node, place, problems);
        var members = new Dictionary<string, SourceNode>(StringComparer.Ordinal);
        foreach (var (name, value) in section.Members)
        {
            if (Value.Check(value, ObjectShape.Join(place, name), problems) is { } kept)
                members.Add(name, kept);
        }

        return section with { Members = members };
    }

    public override JsonObject Schema() => new() { ["type"] = "object", ["additionalProperties"] = Value.Schema() };
}
