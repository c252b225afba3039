using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>An object with known keys; an unknown one is a problem with a suggestion, because a misspelt setting that is ignored costs hours.</summary>
internal sealed record ObjectShape(params IReadOnlyList<Key> Keys) : Shape
{
    /// <summary>Groups of keys that exclude each other: at most one of each in one object.</summary>
    public IReadOnlyList<IReadOnlyList<string>> OneOf { get; init; } = [];

    /// <summary>What keys with names of the user's own may hold; null = there are none.</summary>
    public Shape? Other { get; init; }

    /// <summary>Where a secret is to stand instead.</summary>
    public string SecretHome { get; init; } = SecretKey.UsualHome;

    public override string Expected => "an object { … }";

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems)
    {
        if (node is not SourceObject section)
            return Refuse(node, place, problems);
        var members = new Dictionary<string, SourceNode>(StringComparer.Ordinal);
        foreach (var (name, value) in section.Members)
        {
            var known = Keys.FirstOrDefault(key => key.Name == name);
            if ((known?.Shape ?? Other) is not { } shape)
                problems.Add(SecretKey.Is(name) ? SecretKey.Problem(value, Join(place, name), SecretHome) : Unknown(value, place, name));
            else if (shape.Check(value, Join(place, name), problems) is { } kept)
                members.Add(name, kept);
        }

        var missing = Keys.Where(key => key.Required && section[key.Name] is null).ToList();
        problems.AddRange(missing.Select(key => section.Origin.Problem(Join(place, key.Name), "nothing", key.Shape.Expected)));
        foreach (var group in OneOf)
        {
            if (group.Where(name => section[name] is not null).ToList() is not [var first, var second, ..])
                continue;
            problems.Add(section[second]!.Origin.Problem(Join(place, second), $"both \"{first}\" and \"{second}\"", "one of them"));
            members.Remove(second);
        }

        return Keys.Any(key => key.Required && !members.ContainsKey(key.Name)) ? null : section with { Members = members };
    }

    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            var schema = key.Shape.Schema();
            schema["description"] = key.Description;
            if (key.Default is not null)
                schema["default"] = key.Default.DeepClone();
            properties[key.Name] = schema;
        }

        var whole = new JsonObject { ["type"] = "object", ["additionalProperties"] = Other?.Schema() ?? (JsonNode)false, ["properties"] = properties };
        if (Keys.Any(key => key.Required))
            whole["required"] = new JsonArray([.. Keys.Where(key => key.Required).Select(key => JsonValue.Create(key.Name))]);
        return whole;
    }

    public static string Join(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";

    private Problem Unknown(SourceNode value, string place, string name)
    {
        var shown = new SourceScalar(Origin.Default, System.Text.Json.JsonValueKind.String, name).Described;
        var known = Keys.Select(key => key.Name).Where(key => key[0] != '$');
        return value.Origin.Problem(
            place.Length == 0 ? "the file" : place, $"the unknown key {shown}", $"one of {string.Join(", ", known)}", NearestName.Suggestion(name, known));
    }
}
