using System.Globalization;
using System.Text.Json;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;

namespace Ripieno.EndToEnd.Tests;

/// <summary>Whole runs against a model server over HTTP, with what it was asked held against what was configured.</summary>
[Collection(Collections.Embedded)]
public sealed class HttpRunTests
{
    private const string Backlog =
        """
        [
          { "title": "Token store", "description": "Keep tokens.", "priority": "High" },
          { "title": "Login form", "description": "A form.", "dependencies": ["Token store"] },
          { "title": "Größenänderung prüfen", "description": "Unicode: 漢字, emoji 🎻." },
          { "title": "Audit log" },
          { "title": "Password reset", "estimate": "2h" },
          { "title": "Session list" }
        ]
        """;

    [Fact]
    public async Task Model_context_temperature_and_schema_reach_the_server_and_results_and_notes_reach_the_prompts()
    {
        await using var simulator = await ModelSimulator.StartAsync(Server() with { RevisionRate = 0.5, Seed = 3 });
        using var workspace = Prepare(simulator, concurrency: 2);

        var result = (await RipienoProcess.RunAsync(workspace, "run", "backlog.json", "--id", "over-http")).Exits(0);

        var requests = simulator.Requests;
        Assert.All(requests, request =>
        {
            Assert.Equal("llama3.2", request.Model);
            Assert.Equal(16384, request.Context);
            Assert.Equal(0.3, request.Temperature!.Value, 3);
        });
        Assert.Equal(["plan", "review", "work"], requests.Select(request => request.Schema!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(2, simulator.MaxInFlight);

        // Login form depends on the token store: its prompt holds what was accepted there.
        var login = requests.First(request => request.Schema == "work" && request.Task() == "Login form");
        Assert.Contains("<results>", login.Prompt(), StringComparison.Ordinal);
        Assert.Contains("Token store", login.Prompt(), StringComparison.Ordinal);
        var tokenReviews = requests.Where(request => request.Schema == "review" && request.Task() == "Token store").ToList();
        Assert.True(tokenReviews.TrueForAll(review => review.Ended <= login.Started), "A dependant starts only after the review that accepts.");

        // Some review asked for a revision (seeded); its notes are in the executor's next prompt.
        var revised = requests.Where(request => request.Schema == "work" && request.Prompt().Contains("<notes>", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(revised);
        Assert.All(revised, request => Assert.Contains("<previous>", request.Prompt(), StringComparison.Ordinal));

        var artifacts = workspace.In("artifacts", "over-http");
        Assert.True(File.Exists(Path.Combine(artifacts, "plan.md")));
        Assert.True(File.Exists(Path.Combine(artifacts, "summary.md")));
        Assert.True(File.Exists(Path.Combine(artifacts, "review-notes.md")));
        Assert.Equal(6, Directory.GetDirectories(Path.Combine(artifacts, "tasks")).Length);
        Assert.Contains("summary.md", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processes_on_one_file_share_the_lone_hosts_limit()
    {
        await using var simulator = await ModelSimulator.StartAsync(Server() with { Latency = TimeSpan.FromMilliseconds(60) });
        using var workspace = Prepare(simulator, concurrency: 3);

        var both = await Task.WhenAll(
            RipienoProcess.RunAsync(workspace, "run", "backlog.json", "--id", "one"), RipienoProcess.RunAsync(workspace, "run", "backlog.json", "--id", "two"));

        Assert.All(both, result => result.Exits(0));
        Assert.Equal(3, simulator.MaxInFlight);
        Assert.Equal(2, simulator.Requests.Count(request => request.Schema == "plan"));
    }

    [Fact]
    public async Task An_outage_after_acceptance_is_waited_for_and_seen()
    {
        await using var simulator = await ModelSimulator.StartAsync(Server());
        using var workspace = Prepare(simulator, concurrency: 2);
        simulator.Fail(3, FaultKind.TooManyRequests, "1");

        var result = (await RipienoProcess.RunAsync(workspace, "run", "backlog.json", "--id", "patient")).Exits(0);

        Assert.True(simulator.Requests.Count(request => request.Outcome == RequestOutcome.Faulted) >= 3, "The fault must have fired.");
        var steps = JsonDocument.Parse((await RipienoProcess.RunAsync(workspace, "show", "patient", "--steps", "--json")).Exits(0).Output);
        Assert.NotNull(steps);
        Assert.DoesNotContain("attempt", result.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_is_stored_when_the_model_is_missing_or_the_server_away()
    {
        await using var simulator = await ModelSimulator.StartAsync(Server());
        using var workspace = Prepare(simulator, concurrency: 2);

        var missing = (await RipienoProcess.RunAsync(workspace, "run", "backlog.json", "--model", "qwen2.5")).Exits(3);
        Assert.Contains("ollama pull qwen2.5", missing.Error, StringComparison.Ordinal);
        Assert.Contains("llama3.2", missing.Error, StringComparison.Ordinal);

        var away = (await RipienoProcess.RunAsync(workspace, new Dictionary<string, string> { ["OLLAMA_HOST"] = "127.0.0.1:1" }, "run", "backlog.json")).Exits(3);
        Assert.Contains("127.0.0.1:1", away.Error, StringComparison.Ordinal);

        var runs = (await RipienoProcess.RunAsync(workspace, "runs", "--json")).Exits(0);
        Assert.DoesNotContain("\"id\"", runs.Output, StringComparison.Ordinal);
    }

    private static SimulatorOptions Server() => new() { Slots = 16, Latency = TimeSpan.FromMilliseconds(30), RevisionRate = 0 };

    private static Workspace Prepare(ModelSimulator simulator, int concurrency)
    {
        var workspace = new Workspace();
        workspace.Write("backlog.json", Backlog);
        workspace.Write("config/agents.config.json", string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "runtime": { "ollama": { "host": "{{simulator.Url}}", "concurrency": {{concurrency}} } },
              "models": { "ollama": { "llama3.2": { "context": 16384, "temperature": 0.3, "parallel": true } } }
            }
            """));
        return workspace;
    }
}
