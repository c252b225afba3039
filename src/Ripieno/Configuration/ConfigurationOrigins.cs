using System.Collections.Immutable;
using Ripieno.Configuration.Shapes;
using Ripieno.Documents;

namespace Ripieno.Configuration;

/// <summary>Where each value of the effective config comes from, by place (<c>runtime.ollama.host</c>, <c>agents[planner].prompt</c>).</summary>
internal sealed record ConfigurationOrigins(ImmutableDictionary<string, Origin> ByPlace)
{
    public static ConfigurationOrigins None { get; } = new(ImmutableDictionary.Create<string, Origin>(StringComparer.Ordinal));

    /// <summary>The origin of exactly this place; default when no layer set it.</summary>
    public Origin this[string place] => ByPlace.GetValueOrDefault(place) ?? Origin.Default;

    /// <summary>The origin of this place or of the nearest section around it: the line to show for something that is missing.</summary>
    public Origin Near(string place)
    {
        while (true)
        {
            if (ByPlace.TryGetValue(place, out var origin))
                return origin;
            var end = place.LastIndexOfAny(['.', '[']);
            if (end < 0)
                return Origin.Default;
            place = place[..end];
        }
    }

    /// <summary>The place of the second, third … item of a list with the same name.</summary>
    public static string Again(string item, int occurrence) => $"{item}#{occurrence}";

    public ConfigurationOrigins With(string place, Origin origin) => new(ByPlace.SetItem(place, origin));

    public static ConfigurationOrigins Of(SourceObject root)
    {
        var places = None.ByPlace.ToBuilder();
        Collect(root, "", places);
        return new ConfigurationOrigins(places.ToImmutable());
    }

    private static void Collect(SourceNode node, string place, ImmutableDictionary<string, Origin>.Builder places)
    {
        if (place.Length > 0)
            places[place] = node.Origin;
        if (node is SourceObject section)
        {
            foreach (var (name, value) in section.Members)
                Collect(value, ObjectShape.Join(place, name), places);
        }
        else if (node is SourceArray array)
        {
            // Agents, and the steps of workflows, are called by their ids.
            var list = place == "agents" || place.EndsWith(".steps", StringComparison.Ordinal) ? ConfigurationKeys.AgentList : ConfigurationKeys.EndpointList;
            for (var i = 0; i < array.Items.Count; i++)
            {
                var first = list.Place(array.Items[i], i, place);
                var item = first;
                for (var occurrence = 2; places.ContainsKey(item); occurrence++)
                    item = Again(first, occurrence);
                Collect(array.Items[i], item, places);
            }
        }
    }
}
