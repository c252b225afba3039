using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A string that a rule accepts.</summary>
/// <param name="Says">What is expected.</param>
/// <param name="Accepts">The rule.</param>
/// <param name="Pattern">The rule as far as a regular expression can say it, for editors.</param>
internal sealed record TextShape(string Says, Func<string, bool> Accepts, string? Pattern = null) : Shape
{
    public override string Expected => Says;

    /// <summary>Tells of a wrong text whether it may be a secret and must not be printed.</summary>
    public Func<string, bool> Hides { get; init; } = _ => false;

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node.Text is not { } text)
            return Refuse(node, place, problems);
        if (Accepts(text))
            return node;
        problems.Add(node.Origin.Problem(place, Hides(text) ? "something else (not shown, it may be a secret)" : node.Described, Expected));
        return null;
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (Pattern is not null)
            schema["pattern"] = Pattern;
        return schema;
    }
}
