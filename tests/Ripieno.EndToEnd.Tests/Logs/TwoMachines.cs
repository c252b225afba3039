using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Logs;

/// <summary>Two workers in two folders, each as on a machine of its own, and a third folder from which somebody looks. All on one store.</summary>
internal static class TwoMachines
{
    private const int Done = 0;
    private const string Simulation = """{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "100ms", "revisionRate": 0, "concurrency": 1 } } }""";

    /// <param name="store">What <c>--store</c> says in all three.</param>
    public static async Task CheckAsync(string store)
    {
        using Workspace one = new(), two = new(), third = new();
        foreach (var folder in (Workspace[])[one, two, third])
            folder.Write("config/agents.config.json", Simulation);
        var tasks = string.Join(", ", Enumerable.Range(0, 8).Select(i => $$"""{ "id": "t{{i}}", "title": "Task {{i}}" }"""));
        third.Write("backlog.json", $"[ {tasks} ]");
        (await RunAsync(third, "submit", "backlog.json", "--id", "shared")).Exits(Done);

        // Before anybody works: all that comes is seen as it comes.
        using var follower = RipienoProcess.Start(third, null, "logs", "shared", "--follow", "--json", "--store", store);
        using (var first = Worker(one, "machine-1"))
        using (var second = Worker(two, "machine-2"))
        {
            // It ends with the run. To ask again and again meanwhile would take the time from the workers: each question is a process.
            var followed = Lines((await follower.WaitAsync()).Exits(Done));
            Assert.Contains("\"status\":\"succeeded\"", (await RunAsync(third, "show", "shared", "--json")).Exits(Done).Output, StringComparison.Ordinal);
            AssertBoth(followed);

            first.Signal("TERM");
            second.Signal("TERM");
            (await first.WaitAsync()).Exits(Done);
            (await second.WaitAsync()).Exits(Done);
        }

        // From the third folder, which has no log of the run, and from both others, which have half of it: the same lines, each once, in order of time.
        var seen = Lines((await RunAsync(third, "logs", "shared", "--json")).Exits(Done));
        AssertBoth(seen);
        Assert.Equal(seen.Select(line => line.Time).Order(), seen.Select(line => line.Time));
        Assert.Equal(seen.Select(line => line.Id), Lines((await RunAsync(one, "logs", "shared", "--json")).Exits(Done)).Select(line => line.Id));
        Assert.Equal(seen.Select(line => line.Id), Lines((await RunAsync(two, "logs", "shared", "--json")).Exits(Done)).Select(line => line.Id));
        var written = WorkerLogs.Lines(one).Concat(WorkerLogs.Lines(two)).Count(line => line.Contains("\"run\":\"shared\"", StringComparison.Ordinal));
        Assert.Equal(written, seen.Count);
        var text = (await RunAsync(third, "logs", "shared")).Exits(Done).Output;
        Assert.Contains("  machine-1  ", text, StringComparison.Ordinal);
        Assert.Contains("  machine-2  ", text, StringComparison.Ordinal);

        (await RunAsync(third, "prune", "shared", "--yes")).Exits(Done);
        (await RunAsync(third, "submit", "backlog.json", "--id", "shared")).Exits(Done);
        Assert.Contains("Nothing is logged about run shared", (await RunAsync(third, "logs", "shared")).Exits(Done).Error, StringComparison.Ordinal);

        RipienoProcess Worker(Workspace folder, string instance) =>
            RipienoProcess.Start(folder, new Dictionary<string, string> { ["INSTANCE_ID"] = instance }, "worker", "--store", store);

        Task<ProcessResult> RunAsync(Workspace folder, params string[] arguments) => RipienoProcess.RunAsync(folder, [.. arguments, "--store", store]);
    }

    private static void AssertBoth(List<Line> lines)
    {
        Assert.Equal(["machine-1", "machine-2"], lines.Select(line => line.Instance).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(lines.Count, lines.Select(line => line.Id).Distinct().Count());
        // One for each of eight tasks, their reviews, the plan and the summary.
        Assert.True(lines.Count(line => line.Message.Contains(" completed after ", StringComparison.Ordinal)) >= 18, string.Join('\n', lines));
    }

    private static List<Line> Lines(ProcessResult result) =>
    [
        .. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Select(line => new Line(
            DateTimeOffset.FromUnixTimeMilliseconds(line.GetProperty("time").GetDateTimeOffset().ToUnixTimeMilliseconds()), line.GetProperty("id").GetString()!,
            line.GetProperty("instance").GetString()!, line.GetProperty("message").GetString()!)),
    ];

    private sealed record Line(DateTimeOffset Time, string Id, string Instance, string Message);
}
