using System.Text.Json.Nodes;

namespace Ripieno.Configuration.Shapes;

/// <summary>A key of an object.</summary>
/// <param name="Name">As written in the file.</param>
/// <param name="Shape">What its value may be.</param>
/// <param name="Description">Meaning and unit; shown by editors.</param>
/// <param name="Default">What applies when the key is missing; null when nothing does.</param>
internal sealed record Key(string Name, Shape Shape, string Description, JsonNode? Default = null)
{
    public bool Required { get; init; }
}
