using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A list.</summary>
/// <param name="Item">What each item is.</param>
/// <param name="Label">Key by which an item is called in messages (<c>agents[planner]</c>); null = by its position.</param>
internal sealed record ListShape(Shape Item, string? Label = null) : Shape
{
    /// <summary>True when an empty list would leave nothing to work with.</summary>
    public bool NotEmpty { get; init; }

    public override string Expected => NotEmpty ? "a list of at least one" : "a list";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node is not SourceArray array)
            return Refuse(node, place, problems);
        if (NotEmpty && array.Items.Count == 0)
            return Refuse(node, place, problems);
        var items = new List<SourceNode>();
        for (var i = 0; i < array.Items.Count; i++)
        {
            if (Item.Check(array.Items[i], Place(array.Items[i], i, place), problems) is { } item)
                items.Add(item);
        }

        return array with { Items = items };
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Item.Schema() };
        if (NotEmpty)
            schema["minItems"] = 1;
        return schema;
    }

    /// <summary>How an item is called: by its label when it has a printable one.</summary>
    public string Place(SourceNode item, int index, string place) =>
        Label is not null && item is SourceObject section && section[Label]?.Text is { Length: > 0 and <= 64 } label && !label.Any(char.IsControl)
            ? $"{place}[{label}]"
            : $"{place}[{index}]";
}
