using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>One of several names. Names of later versions are known, so that the answer is "not yet" and not "never heard of it".</summary>
internal sealed record ChoiceShape(IReadOnlyList<string> Names, IReadOnlyList<string> Later, string NotYet) : Shape
{
    public override string Expected { get; } = string.Join(", ", Names.SkipLast(1)) is { Length: > 0 } first ? $"{first} or {Names[^1]}" : Names[0];

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node.Text is not { } text)
            return Refuse(node, place, problems);
        if (Names.Contains(text, StringComparer.Ordinal))
            return node;
        return Refuse(node, place, problems, Later.Contains(text, StringComparer.Ordinal) ? NotYet : NearestName.Suggestion(text, Names));
    }

    public override JsonObject Schema() =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. Names.Select(name => JsonValue.Create(name))]) };
}
