using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A model of a provider, or an alias for one. A provider alone is refused: which of its models was meant would be a guess that costs money.</summary>
internal sealed record ModelReferenceShape(ObjectShape Model) : Shape
{
    public override string Expected => "{ \"provider\": …, \"model\": … } or an alias";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems) => node switch
    {
        SourceObject => Model.Check(node, place, problems),
        { Text: { } name } when ProviderKind.Usable.Contains(name, StringComparer.Ordinal) => Refuse(node, place, problems, ModelAliases.FallbackText(name)),
        { Text: not null } => ConfigurationTexts.Text.Check(node, place, problems),
        _ => Refuse(node, place, problems),
    };

    public override JsonObject Schema() => new() { ["anyOf"] = new JsonArray(Model.Schema(), ConfigurationTexts.Text.Schema()) };
}
