using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Workflows;

/// <summary>Workflows of users' own, by real processes on both stores, with the model server's log held against what the workflow says.</summary>
public abstract partial class OwnWorkflowTests(ITestOutputHelper output, bool onRedis) : IAsyncLifetime
{
    private const int Chains = 100;
    private const int Links = 10;

    private RedisServer? _redis;
    private ModelSimulator _simulator = null!;
    private Workspace _workspace = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        _simulator = await ModelSimulator.StartAsync(new() { Slots = 64, Latency = TimeSpan.FromMilliseconds(80), RevisionRate = 0.5, Seed = 4, Models = [new("llama3.2:latest", 2_000_000_000), new("qwen2.5", 4_000_000_000)] });
        _workspace = new(_redis?.Endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        _workspace.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_shipped_examples_do_what_they_say()
    {
        CopyExamples();
        // One of the studies fails once and is tried again.
        _simulator.Pass(1);
        _simulator.Fail(1, FaultKind.ServerError);
        await RunAsync("research", "question.json", "research-1");
        var research = _simulator.Requests;
        var views = research.Single(request => request.Prompt().StartsWith("Name the views", StringComparison.Ordinal));
        var studies = research.Where(request => request.Prompt().StartsWith("Question:", StringComparison.Ordinal)).ToList();
        var report = research.Single(request => request.Prompt().StartsWith("Write a report", StringComparison.Ordinal));
        Assert.All(studies, study => Assert.InRange(study.Started, views.Ended!.Value, report.Started));
        Assert.Equal(1, studies.Count(study => study.Fault is not null));
        Assert.Equal(studies.Count - 1, (await StepsAsync("research-1")).Count(step => step.Key.StartsWith("study/", StringComparison.Ordinal)));
        Assert.Contains("<studies>", report.Prompt(), StringComparison.Ordinal);
        Assert.Contains("You write clearly", report.Messages[0].Text, StringComparison.Ordinal);
        Assert.True(File.Exists(_workspace.In("artifacts", "research-1", "report.md")));

        var before = _simulator.Requests.Length;
        await RunAsync("translate", "texts.json", "translate-1");
        var translate = _simulator.Requests[before..];
        Assert.DoesNotContain(translate, request => request.Prompt().Contains("Translate into en", StringComparison.Ordinal));
        var german = translate.Where(request => About(request, "de")).ToList();
        var french = translate.Where(request => About(request, "fr")).ToList();
        Assert.Contains(german, request => request.Schema == "review");
        Assert.True(german.Max(request => request.Ended) <= french.Min(request => request.Started), "The second text waits for the first, reviews included.");
        Assert.Equal(StepStatus.Succeeded, (await StepsAsync("translate-1")).Single(step => step.Key == "texts/original/draft").Status);
        Assert.True(File.Exists(_workspace.In("artifacts", "translate-1", "texts", "welcome-de", "draft", "welcome-de.txt")));

        before = _simulator.Requests.Length;
        await RunAsync("critique", "Why tea", "critique-1");
        var critique = _simulator.Requests[before..];
        Assert.Equal(["/api/chat", "/v1/chat/completions", "/api/chat"], critique.Select(request => request.Path));
        Assert.Equal(["llama3.2", "qwen2.5", "llama3.2"], critique.Select(request => request.Model));

        before = _simulator.Requests.Length;
        await RunAsync("nightly", "sources.json", "nightly-1");
        Assert.DoesNotContain(_simulator.Requests[before..], request => request.Prompt().Contains("Rain.", StringComparison.Ordinal) && !request.Prompt().StartsWith("Write one page", StringComparison.Ordinal));
        Assert.True(File.Exists(_workspace.In("artifacts", "nightly-1", "2026-11-27.md")));

        await RunAsync("triage", "The login page is blank", "triage-1");
        Assert.True(File.Exists(_workspace.In("artifacts", "triage-1", "note.md")));
        var left = (await StepsAsync("triage-1")).Where(step => step.Usage == default).Select(step => step.Key).ToList();
        Assert.NotEmpty(left);
        Assert.DoesNotContain("note", left);
    }

    [Fact]
    [Trait("Promise", "I3")]
    [Trait("Promise", "I9")]
    public async Task A_thousand_items_that_wait_for_each_other_are_done_in_order_whoever_is_killed()
    {
        var kills = Storms.Long ? 12 : 3;
        _workspace.Write("config/agents.config.json", $$$"""
            {
              "runtime": { "maxDeathsAlone": 100, "ollama": { "host": "{{{_simulator.Url}}}", "concurrency": 32 } },
              "agents": [ { "id": "clerk" } ],
              "workflows": { "links": { "steps": [
                { "id": "do", "forEach": "input", "itemsDependOn": "after", "agent": "clerk", "prompt": "Item {{item.id}}." },
                { "id": "end", "agent": "clerk", "prompt": "All of {{do.0}}" } ] } }
            }
            """);
        var items = from chain in Enumerable.Range(0, Chains) from link in Enumerable.Range(0, Links) select new { id = $"{chain}-{link}", after = link == 0 ? [] : new[] { $"{chain}-{link - 1}" } };
        _workspace.Write("items.json", JsonSerializer.Serialize(items));
        await using var fleet = new Fleet(_workspace);
        (await RipienoProcess.RunAsync(_workspace, ["submit", "--workflow", "links", "--input", "items.json", "--id", "wide", "--quiet", .. _workspace.StoreOptions])).Exits(0);
        // While the list unfolds, which nobody else goes on with yet.
        await fleet.StartAsync("left", slots: 16);
        await Storms.UntilAsync("the list unfolds", async () => await (await fleet.StoreAsync()).FindRunAsync("wide", default) is { Steps: > 2 });
        await fleet.KillAsync("left");
        var unfolded = (await StepsAsync("wide")).Count;

        await fleet.StartAsync("right", slots: 16);
        var cutOff = 0;
        for (var kill = 1; kill < kills; kill++)
        {
            await fleet.StartAsync("left", slots: 16);
            var isOver = false;
            await Storms.UntilAsync("it executes something, or nothing is left", async () => (await fleet.RunningAsync("left", ["wide"])).Count > 0
                || (isOver = await (await fleet.StoreAsync()).FindRunAsync("wide", default) is not { Status: RunStatus.Running }));
            // On a quick store the other one is done before the last kills.
            if (isOver)
                break;
            await fleet.KillAsync("left");
            cutOff += (await fleet.RunningAsync("left", ["wide"])).Count > 0 ? 1 : 0;
        }

        await fleet.DrainedAsync(["wide"]);
        var run = (await (await fleet.StoreAsync()).FindRunAsync("wide", default))!;
        var steps = await StepsAsync("wide");
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Equal((RunStatus.Succeeded, (Chains * Links) + 2), (run.Status, run.Steps));

        var again = steps.Sum(step => step.Epoch - 1);
        output.Tell($"{kills} kills, the first with {unfolded} steps unfolded, {cutOff} others in the middle of steps; {again} executions again; {_simulator.Requests.Length} calls for {Chains * Links} items");
        var asked = _simulator.Requests.Select(request => (Item: Item().Match(request.Prompt()).Groups["id"].Value, Request: request)).Where(pair => pair.Item.Length > 0).ToLookup(pair => pair.Item, pair => pair.Request);
        Assert.Equal(Chains * Links, asked.Count);
        foreach (var link in asked.Where(item => !item.Key.EndsWith("-0", StringComparison.Ordinal)))
        {
            var parts = link.Key.Split('-');
            var before = asked[$"{parts[0]}-{int.Parse(parts[1], CultureInfo.InvariantCulture) - 1}"];
            Assert.True(before.Min(request => request.Ended) <= link.Min(request => request.Started), $"{link.Key} began before what it waits for had ended.");
        }

        Assert.InRange(again, cutOff, kills * 16);
        Assert.True(cutOff > 0, "Kills must cut something off.");
        Assert.True(_simulator.Requests.Length <= (Chains * Links) + 1 + again, "Nothing is asked twice but for a kill.");
    }

    /// <summary>One item of 300 fails while 32 are under way; then one of the two workers is killed.</summary>
    [Fact]
    [Trait("Promise", "I5")]
    [Trait("Promise", "I9")]
    public async Task A_run_that_stops_at_a_failure_asks_nothing_more_and_a_retry_asks_the_rest()
    {
        const int items = 300;
        _workspace.Write("config/agents.config.json", $$$"""
            {
              "runtime": { "maxDeathsAlone": 100, "ollama": { "host": "{{{_simulator.Url}}}", "concurrency": 32 } },
              "agents": [ { "id": "clerk" } ],
              "workflows": { "all": { "onFailure": "stop", "steps": [
                { "id": "do", "forEach": "input", "agent": "clerk", "prompt": "Item {{item.id}}.", "retry": { "maxAttempts": 1 } },
                { "id": "join", "agent": "clerk", "prompt": "All of {{do.0}}" },
                { "id": "word", "agent": "clerk", "dependsOn": ["join"], "trigger": "all-done", "prompt": "What became of it?" } ] } }
            }
            """);
        _workspace.Write("items.json", JsonSerializer.Serialize(Enumerable.Range(0, items).Select(number => new { id = $"{number}-0" })));
        await using var fleet = new Fleet(_workspace);
        await fleet.StartAsync("left", slots: 16);
        await fleet.StartAsync("right", slots: 16);
        _simulator.Pass(40);
        _simulator.Fail(1, FaultKind.ServerError);
        (await RipienoProcess.RunAsync(_workspace, ["submit", "--workflow", "all", "--input", "items.json", "--id", "stop", "--quiet", .. _workspace.StoreOptions])).Exits(0);
        await Storms.UntilAsync("it has stopped", async () => await (await fleet.StoreAsync()).FindRunAsync("stop", default) is { StoppedBy: not null });
        await fleet.KillAsync("left");
        await fleet.DrainedAsync(["stop"]);

        var steps = await StepsAsync("stop");
        var asked = Asked();
        var done = steps.Where(step => step.Key.StartsWith("do/", StringComparison.Ordinal) && step.Status == StepStatus.Succeeded).ToList();
        var kept = steps.Where(step => step.Key.StartsWith("do/", StringComparison.Ordinal) && step.Status == StepStatus.Skipped).ToList();
        output.Tell($"stopped with {done.Count} of {items} items done and {kept.Count} not begun; {steps.Sum(step => step.Deaths)} steps cut off by the kill");
        Assert.Equal(RunStatus.Failed, (await (await fleet.StoreAsync()).FindRunAsync("stop", default))!.Status);
        Assert.Equal(items, done.Count + kept.Count + 1);
        Assert.True(kept.Count > 100, "More than one batch must have been kept from beginning.");
        Assert.All(kept, step => Assert.Equal((0L, 0), (step.Epoch, asked[step.Key["do/".Length..]].Count())));
        Assert.All(kept, step => Assert.Contains("failed, and the run stops at the first failure", step.Reason, StringComparison.Ordinal));
        Assert.Equal((StepStatus.Skipped, StepStatus.Succeeded), (steps.Single(step => step.Key == "join").Status, steps.Single(step => step.Key == "word").Status));

        (await RipienoProcess.RunAsync(_workspace, ["retry", "stop", "--detach", .. _workspace.StoreOptions])).Exits(0);
        await fleet.DrainedAsync(["stop"]);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Equal(RunStatus.Succeeded, (await (await fleet.StoreAsync()).FindRunAsync("stop", default))!.Status);
        var again = Asked();
        Assert.Equal(items, again.Count);
        Assert.All(done, step => Assert.Equal(asked[step.Key["do/".Length..]].Count(), again[step.Key["do/".Length..]].Count()));

        ILookup<string, SimulatedRequest> Asked() =>
            _simulator.Requests.Where(request => Item().IsMatch(request.Prompt()) && !request.Prompt().Contains("All of", StringComparison.Ordinal)).ToLookup(request => Item().Match(request.Prompt()).Groups["id"].Value, StringComparer.Ordinal);
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task An_approval_outlives_the_workers_and_its_decision_is_kept()
    {
        CopyExamples();
        var variables = new Dictionary<string, string> { ["OLLAMA_HOST"] = _simulator.Url.ToString() };
        await using var fleet = new Fleet(_workspace);
        foreach (var run in new[] { "yes", "no" })
            (await RipienoProcess.RunAsync(_workspace, variables, ["submit", "--workflow", "publish", "--input", "We move", "--id", run, "--quiet", .. _workspace.StoreOptions])).Exits(0);
        await fleet.StartAsync("left", slots: 4, variables);
        foreach (var run in new[] { "yes", "no" })
            await Storms.UntilAsync("it is asked", async () => await (await fleet.StoreAsync()).FindStepAsync(run, "release/approval", default) is { Status: StepStatus.Ready });
        await fleet.KillAsync("left");

        var asked = (await RipienoProcess.RunAsync(_workspace, ["approve", "yes", "--json", .. _workspace.StoreOptions])).Exits(0);
        Assert.Contains("\"step\":\"release\"", asked.Output, StringComparison.Ordinal);
        (await RipienoProcess.RunAsync(_workspace, ["approve", "yes", "release", .. _workspace.StoreOptions])).Exits(0);
        (await RipienoProcess.RunAsync(_workspace, ["approve", "no", "release", "--reject", "--note", "not now", .. _workspace.StoreOptions])).Exits(0);
        await fleet.StartAsync("right", slots: 4, variables);
        await fleet.DrainedAsync(["yes", "no"]);

        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        foreach (var (run, file, other) in new[] { ("yes", "notice.md", "shelved.md"), ("no", "shelved.md", "notice.md") })
        {
            Assert.True(File.Exists(_workspace.In("artifacts", run, file)), file);
            Assert.False(File.Exists(_workspace.In("artifacts", run, other)), other);
        }

        Assert.Contains(_simulator.Requests, request => request.Prompt().Contains("Note why this was shelved: not now", StringComparison.Ordinal));
    }

    private void CopyExamples()
    {
        var examples = Path.Combine(RepositoryRoot(), "examples", "workflows");
        foreach (var file in Directory.EnumerateFiles(examples, "*", SearchOption.AllDirectories))
            _workspace.Write(Path.GetRelativePath(examples, file), File.ReadAllText(file).Replace("http://localhost:8000/v1", _simulator.OpenAiUrl.ToString(), StringComparison.Ordinal));
    }

    private static bool About(SimulatedRequest request, string language) =>
        request.Prompt().StartsWith("Translate into " + language, StringComparison.Ordinal) || request.Prompt().StartsWith("Is this a good translation into " + language, StringComparison.Ordinal);

    private async Task RunAsync(string workflow, string input, string id)
    {
        var variables = new Dictionary<string, string> { ["OLLAMA_HOST"] = _simulator.Url.ToString() };
        (await RipienoProcess.RunAsync(_workspace, variables, ["run", "--workflow", workflow, "--input", input, "--id", id, "--concurrency", "4", .. _workspace.StoreOptions])).Exits(0);
    }

    private async Task<IReadOnlyList<StepRecord>> StepsAsync(string run)
    {
        await using var store = await _workspace.OpenStoreAsync();
        return await store.ListStepsAsync(run, -1, 10_000, default);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Ripieno.slnx")))
            folder = folder.Parent;
        return folder!.FullName;
    }

    [GeneratedRegex("Item (?<id>[0-9]+-[0-9]+)\\.", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Item();
}

[Collection(Collections.Embedded)]
public sealed class SqliteOwnWorkflowTests(ITestOutputHelper output) : OwnWorkflowTests(output, onRedis: false);

[Collection(Collections.Redis)]
public sealed class RedisOwnWorkflowTests(ITestOutputHelper output) : OwnWorkflowTests(output, onRedis: true);
