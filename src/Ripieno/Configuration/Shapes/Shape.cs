using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>
/// What may stand at one place of the config file. The same description checks a file (every problem, with its line) and makes the JSON schema
/// that editors use, so that the two cannot differ.
/// </summary>
internal abstract record Shape
{
    /// <summary>What may stand here, as the end of "found x, expected …".</summary>
    public abstract string Expected { get; }

    /// <summary>The value without its bad parts, so that the rest can still be checked; null when nothing is left.</summary>
    public abstract SourceNode? Check(SourceNode node, string place, List<Problem> problems);

    public abstract JsonObject Schema();

    protected SourceNode? Refuse(SourceNode node, string place, List<Problem> problems, string? nextStep = null)
    {
        problems.Add(node.Origin.Problem(place.Length == 0 ? "the file" : place, node.Described, Expected, nextStep));
        return null;
    }
}
