using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ripieno.Models.Simulated;

/// <summary>A plan with one task for each backlog entry, in the backlog's order, depending as the entries do.</summary>
internal static class PlanAnswer
{
    /// <summary>Null when the prompt has no readable <c>backlog</c> block.</summary>
    public static JsonObject? For(string prompt)
    {
        if (PromptBlock.Json(prompt, "backlog") is not { ValueKind: JsonValueKind.Array } backlog)
            return null;
        var entries = backlog.EnumerateArray().Where(entry => PromptBlock.Property(entry, "id").Length > 0).ToList();
        var ids = entries.Select(entry => PromptBlock.Property(entry, "id")).ToHashSet(StringComparer.Ordinal);
        return new JsonObject
        {
            ["summary"] = $"{entries.Count} {(entries.Count == 1 ? "task" : "tasks")}, one for each entry of the backlog, in the order of their dependencies.",
            ["tasks"] = new JsonArray([.. entries.Select(entry => Task(entry, ids))]),
            ["dropped"] = new JsonArray(),
        };
    }

    private static JsonObject Task(JsonElement entry, HashSet<string> ids)
    {
        var id = PromptBlock.Property(entry, "id");
        var title = PromptBlock.Property(entry, "title") is { Length: > 0 } given ? given : id;
        var description = PromptBlock.Property(entry, "description");
        return new JsonObject
        {
            ["id"] = id,
            ["title"] = title,
            ["description"] = description.Length > 0 ? description : $"Do what the entry asks for: {title}.",
            ["entries"] = new JsonArray(id),
            ["dependsOn"] = new JsonArray([.. Dependencies(entry).Where(ids.Contains).Select(name => JsonValue.Create(name))]),
        };
    }

    private static IEnumerable<string> Dependencies(JsonElement entry) =>
        entry.TryGetProperty("dependencies", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)
            : [];
}
