using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Ripieno.Configuration.Shapes;
using Ripieno.Documents;

namespace Ripieno.Configuration;

/// <summary>One value that applies.</summary>
/// <param name="Place">For example <c>runtime.ollama.concurrency</c>.</param>
/// <param name="Value">As JSON.</param>
/// <param name="Origin">Which layer set it.</param>
internal sealed record EffectiveValue(string Place, string Value, Origin Origin);

/// <summary>Shows the configuration that applies, with the origin of each value. It holds names of variables only, never what is in them.</summary>
internal static class EffectiveConfiguration
{
    /// <summary>A config file that loads as the same options, each value followed by a comment that says where it comes from.</summary>
    public static string Render(LoadedConfiguration loaded)
    {
        var text = new StringBuilder();
        Write(EffectiveTree.Of(loaded.Options), "", "", "", loaded.Origins, text);
        return text.ToString();
    }

    /// <summary>Every value, flat, for programs.</summary>
    public static IReadOnlyList<EffectiveValue> Values(LoadedConfiguration loaded)
    {
        var values = new List<EffectiveValue>();
        Collect(EffectiveTree.Of(loaded.Options), "", loaded.Origins, values);
        return values;
    }

    private static void Collect(JsonNode node, string place, ConfigurationOrigins origins, List<EffectiveValue> values)
    {
        if (!IsBranch(node))
        {
            values.Add(new EffectiveValue(place, Leaf(node), origins[place]));
            return;
        }

        foreach (var (_, inner, child) in Children(node, place))
            Collect(child, inner, origins, values);
    }

    private static void Write(JsonNode node, string place, string indent, string comma, ConfigurationOrigins origins, StringBuilder text)
    {
        if (!IsBranch(node))
        {
            text.Append(Leaf(node)).Append(comma).Append("  // ").Append(origins[place]).Append('\n');
            return;
        }

        var (open, close) = node is JsonArray ? ('[', ']') : ('{', '}');
        text.Append(open).Append('\n');
        var children = Children(node, place).ToList();
        for (var i = 0; i < children.Count; i++)
        {
            text.Append(indent).Append("  ").Append(children[i].Label);
            Write(children[i].Node, children[i].Place, indent + "  ", i < children.Count - 1 ? "," : "", origins, text);
        }

        text.Append(indent).Append(close).Append(comma).Append('\n');
    }

    private static bool IsBranch(JsonNode node) => node is JsonObject { Count: > 0 } || (node is JsonArray array && array.Any(item => item is JsonObject));

    private static string Leaf(JsonNode node) =>
        node is JsonArray array
            ? $"[{string.Join(", ", array.Select(item => item!.ToJsonString(ConfigurationSchema.Readable)))}]"
            : node.ToJsonString(ConfigurationSchema.Readable);

    private static IEnumerable<(string Label, string Place, JsonNode Node)> Children(JsonNode node, string place) => node is JsonArray array
        ? array.Select((item, index) => ("", $"{place}[{(string?)item!["id"] ?? (string?)item["name"] ?? index.ToString(CultureInfo.InvariantCulture)}]", item))
        : ((JsonObject)node).Select(pair =>
            ($"{JsonValue.Create(pair.Key).ToJsonString(ConfigurationSchema.Readable)}: ", ObjectShape.Join(place, pair.Key), pair.Value!));
}
