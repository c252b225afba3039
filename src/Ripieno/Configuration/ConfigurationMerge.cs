using Ripieno.Documents;

namespace Ripieno.Configuration;

/// <summary>
/// Lays one file over another: objects merge, everything else replaces, but agents merge by id; and a lone server replaces a list of
/// servers and the other way round. A callback replaces the one of its name. Another kind of store replaces the store as a whole.
/// </summary>
internal static class ConfigurationMerge
{
    private static readonly string[] Places = ["host", "endpoint", "endpointEnv", "endpoints"];

    public static SourceObject Over(SourceObject lower, SourceObject upper) => Objects(lower, upper, "");

    private static SourceObject Objects(SourceObject lower, SourceObject upper, string place)
    {
        var merged = new Dictionary<string, SourceNode>(lower.Members, StringComparer.Ordinal);
        if (place == "runtime.store")
            MakeRoom(merged, upper);
        else if (Array.Exists(Places, key => upper[key] is not null))
            Array.ForEach(Places, key => merged.Remove(key));

        foreach (var (name, value) in upper.Members)
            merged[name] = Values(merged.GetValueOrDefault(name), value, ShapePlace(place, name));
        return upper with { Members = merged };
    }

    private static void MakeRoom(Dictionary<string, SourceNode> lower, SourceObject store)
    {
        if (store["kind"]?.Text is { } kind && kind != (lower.GetValueOrDefault("kind")?.Text ?? StoreKind.Sqlite))
            lower.Clear();
        foreach (var group in ConfigurationKeys.StoreRivals.Where(group => group.Any(key => store[key] is not null)))
            group.ToList().ForEach(key => lower.Remove(key));
    }

    private static SourceNode Values(SourceNode? lower, SourceNode upper, string place) => (lower, upper) switch
    {
        // One entry is one receiver: a half of each would be neither.
        (SourceObject, SourceObject) when place.StartsWith("callbacks.", StringComparison.Ordinal) => upper,
        (SourceObject below, SourceObject above) => Objects(below, above, place),
        (SourceArray below, SourceArray above) when place == "agents" => ById(below, above),
        _ => upper,
    };

    // A second agent of the same id in one file stays, so that validation finds it.
    private static SourceArray ById(SourceArray lower, SourceArray upper)
    {
        var merged = lower.Items.ToList();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var agent in upper.Items.OfType<SourceObject>())
        {
            var id = agent["id"]?.Text;
            var at = id is null || !taken.Add(id) ? -1 : merged.FindIndex(other => other is SourceObject below && below["id"]?.Text == id);
            if (at < 0)
                merged.Add(agent);
            else
                merged[at] = Objects((SourceObject)merged[at], agent, "agents[]");
        }

        return upper with { Items = merged };
    }

    private static string ShapePlace(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";
}
