using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ripieno.Documents;

/// <summary>A JSON value that remembers where it was written.</summary>
internal abstract record SourceNode(Origin Origin)
{
    /// <summary>The value in a user's words, without contents that could be long or secret.</summary>
    public abstract string Described { get; }

    /// <summary>The text of a string, else null.</summary>
    public string? Text => this is SourceScalar { Kind: JsonValueKind.String } scalar ? scalar.Value : null;

    /// <summary>The value alone.</summary>
    public JsonNode ToJson() => this switch
    {
        SourceObject section => new JsonObject(section.Members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value.ToJson()))),
        SourceArray list => new JsonArray([.. list.Items.Select(item => item.ToJson())]),
        SourceScalar { Kind: JsonValueKind.String } text => JsonValue.Create(text.Value),
        SourceScalar scalar => JsonNode.Parse(scalar.Value)!,
        _ => throw new InvalidOperationException($"A {GetType().Name} is no JSON."),
    };
}

internal sealed record SourceScalar(Origin Origin, JsonValueKind Kind, string Value) : SourceNode(Origin)
{
    private const int Shown = 60;

    public override string Described => Kind == JsonValueKind.String ? $"\"{Short()}\"" : Short();

    private string Short()
    {
        var line = string.Create(Math.Min(Value.Length, Shown), Value, static (target, value) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = char.IsControl(value[i]) || char.IsSurrogate(value[i]) ? '?' : value[i];
        });
        return Value.Length > Shown ? line + "…" : line;
    }
}

internal sealed record SourceArray(Origin Origin, IReadOnlyList<SourceNode> Items) : SourceNode(Origin)
{
    public override string Described => Items.Count == 0 ? "an empty list" : "a list";
}

internal sealed record SourceObject(Origin Origin, IReadOnlyDictionary<string, SourceNode> Members) : SourceNode(Origin)
{
    public override string Described => "an object";

    public static SourceObject Empty { get; } = new(Origin.Default, new Dictionary<string, SourceNode>(StringComparer.Ordinal));

    public SourceNode? this[string key] => Members.GetValueOrDefault(key);

    /// <summary>The same object with one member set.</summary>
    public SourceObject With(string key, SourceNode value) =>
        this with { Members = new Dictionary<string, SourceNode>(Members, StringComparer.Ordinal) { [key] = value } };

    public SourceObject Without(string key)
    {
        var members = new Dictionary<string, SourceNode>(Members, StringComparer.Ordinal);
        members.Remove(key);
        return this with { Members = members };
    }
}
