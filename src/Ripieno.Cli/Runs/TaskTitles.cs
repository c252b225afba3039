using System.Text.Json;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Runs;

/// <summary>The titles that a run's plan gave its tasks.</summary>
internal static class TaskTitles
{
    /// <summary>Null as long as there is no plan.</summary>
    public static async Task<IReadOnlyDictionary<string, string>?> FindAsync(IStore store, string runId, CancellationToken cancellation)
    {
        var plan = await store.FindStepAsync(runId, StandardWorkflow.PlanKey, cancellation);
        return plan is not null && await store.FindResultAsync(runId, plan.Index, cancellation) is { } content ? Read(content.Span) : null;
    }

    /// <summary>Takes what it understands: a title is not worth an error.</summary>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> plan)
    {
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(plan);
            using var document = JsonDocument.ParseValue(ref reader);
            if (!document.RootElement.TryGetProperty("tasks", out var tasks) || tasks.ValueKind != JsonValueKind.Array)
                return titles;
            foreach (var task in tasks.EnumerateArray())
            {
                if (Text(task, "id") is { } id && Text(task, "title") is { } title)
                    titles.TryAdd(id, title);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            titles.Clear();
        }

        return titles;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
