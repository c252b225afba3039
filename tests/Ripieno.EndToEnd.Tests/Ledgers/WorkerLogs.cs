using System.Text.Json;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>What the workers wrote into their logs. The last lines of a killed one may be missing.</summary>
internal static class WorkerLogs
{
    /// <summary>Completions of which a worker was told that they are recorded.</summary>
    public static IEnumerable<(string Run, string Step, string Instance)> TakenReports(Workspace workspace) =>
        from line in Lines(workspace)
        where line.Contains(" completed after ", StringComparison.Ordinal) && !line.Contains("; not recorded", StringComparison.Ordinal)
        let entry = Read(line)
        where entry is not null
        select (Text(entry, "run"), Text(entry, "step"), Text(entry, "instance"));

    public static IEnumerable<string> Lines(Workspace workspace) =>
        Directory.Exists(workspace.In("logs")) ? Directory.GetFiles(workspace.In("logs"), "*.jsonl").SelectMany(ReadLines) : [];

    /// <summary>Also while its worker writes on.</summary>
    private static string[] ReadLines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static JsonDocument? Read(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            // Half a line: its process was killed in writing it.
            return null;
        }
    }

    private static string Text(JsonDocument entry, string name) => entry.RootElement.GetProperty(name).GetString()!;
}
