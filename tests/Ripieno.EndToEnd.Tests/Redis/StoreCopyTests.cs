using System.Text;
using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>From a file to a Redis in the middle of the work: nothing is lost, nothing is done by half, nobody goes on in the old place.</summary>
[Collection(Collections.Redis)]
public sealed class StoreCopyTests(ITestOutputHelper output)
{
    private const int Done = 0, Usage = 2, Unavailable = 3;
    private static readonly string[] Standard = ["run-0", "run-1"];
    private static readonly string[] Runs = [.. Standard, "gate"];

    [Fact]
    [Trait("Promise", "I1")]
    public async Task Half_finished_runs_end_in_the_other_store_as_they_would_have_in_the_old_one()
    {
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = 2607, Slots = 64, Latency = TimeSpan.FromMilliseconds(250), RevisionRate = 0 });
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        using var stays = new Workspace();
        using var before = new Workspace();
        using var after = new Workspace(server.Endpoint);
        foreach (var workspace in (Workspace[])[stays, before, after])
            workspace.Write("config/agents.config.json", Config(simulator));

        await using var control = new Fleet(stays);
        await AcceptAsync(stays);
        await control.StartAsync("control", slots: 4);
        await ApproveAsync(stays, control);
        await control.DrainedAsync(Runs);
        var expected = await ResultsAsync(await control.StoreAsync());

        await using var fleet = new Fleet(before);
        await KillDeadlyAsync(before, fleet);
        await AcceptAsync(before);
        await fleet.StartAsync("left", slots: 3);
        await Storms.UntilAsync("it is in the middle", async () =>
            (await fleet.RunningAsync("left", Standard)).Count > 0 && await TimerAsync(await fleet.StoreAsync()) is not null && await SucceededAsync(await fleet.StoreAsync()) > 2);
        await fleet.KillAsync("left");
        var left = await fleet.StoreAsync();
        var (due, done, letter) = (await TimerAsync(left), await SucceededAsync(left), Assert.Single(await left.ListDeadLettersAsync(null, 10, default)));

        var copy = JsonDocument.Parse((await RipienoProcess.RunAsync(before, "store", "copy", "sqlite:data/ripieno.db", "redis:" + server.Endpoint, "--json")).Exits(Done).Output).RootElement;

        Assert.Equal((4, 3, 0), (copy.GetProperty("copied").GetInt32(), copy.GetProperty("runs").GetProperty("running").GetInt32(), copy.GetProperty("goneOn").GetInt32()));
        Assert.Contains("closed", (await RipienoProcess.RunAsync(before, "submit", "x", "--provider", "simulated")).Exits(Unavailable).Error, StringComparison.Ordinal);
        await using var others = new Fleet(after);
        var right = await others.StoreAsync();
        Assert.Equal(due, await TimerAsync(right));
        Assert.Equal(letter.Step, Assert.Single(await right.ListDeadLettersAsync(null, 10, default)).Step);
        Assert.Equal(done, await SucceededAsync(right));
        await others.StartAsync("right", slots: 3);
        await ApproveAsync(after, others);
        await others.DrainedAsync(Runs);
        Assert.All(await others.StopAllAsync(), result => result.Exits(Done));

        var results = await ResultsAsync(right);
        output.Tell($"{done} of {results.Count(line => line.Contains(" Succeeded ", StringComparison.Ordinal))} steps had succeeded before the copy: {copy}");
        Assert.Equal(expected, results);
        Assert.True(done < results.Count / 2);
        foreach (var run in Runs)
            Assert.All(await right.ListStepsAsync(run, -1, 1000, default), step => Assert.Equal(0, step.Deaths));
        (await RipienoProcess.RunAsync(after, ["artifacts", "run-1", "--out", "out", .. after.StoreOptions])).Exits(Done);
        Assert.True(File.Exists(after.In("out", "run-1", "summary.md")));
        (await RipienoProcess.RunAsync(after, ["store", "check", .. after.StoreOptions])).Exits(Done);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_copy_that_is_killed_leaves_no_half_run_and_is_repeated()
    {
        const int Count = 300;
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        using var workspace = new Workspace();
        await FillAsync(workspace, Count);
        var redis = "redis:" + server.Endpoint;
        string[] command = ["store", "copy", "sqlite:data/ripieno.db", redis];
        var plan = JsonDocument.Parse((await RipienoProcess.RunAsync(workspace, [.. command, "--dry-run", "--json"])).Exits(Done).Output).RootElement;
        Assert.Equal((Count, true), (plan.GetProperty("runs").GetProperty("running").GetInt32(), plan.GetProperty("ok").GetBoolean()));
        Assert.Equal(0L, await server.CallAsync("DBSIZE"));

        using (var copy = RipienoProcess.Start(workspace, null, command))
        {
            await Storms.UntilAsync("some runs are copied", async () => copy.HasExited || await CopiedAsync() > 5);
            copy.Kill();
            await copy.WaitAsync();
        }

        var copied = await CopiedAsync();
        output.Tell($"killed after {copied} of {Count} runs");
        Assert.InRange(copied, 5, Count - 1);
        Assert.Equal("sound", (await RipienoProcess.RunAsync(workspace, "store", "check", "--quiet", "--store", redis)).Exits(Done).Output.Trim());
        Assert.Contains("ripieno store reopen", (await RipienoProcess.RunAsync(workspace, "submit", "x", "--provider", "simulated")).Exits(Unavailable).Error, StringComparison.Ordinal);

        var again = JsonDocument.Parse((await RipienoProcess.RunAsync(workspace, [.. command, "--json"])).Exits(Done).Output).RootElement;
        Assert.Equal((Count - copied, copied), (again.GetProperty("copied").GetInt64(), again.GetProperty("there").GetInt64()));
        Assert.Equal(Count, await CopiedAsync());
        Assert.Equal(0L, await server.CallAsync("EXISTS", "{ripieno:0}:drafts"));
        Assert.Equal("sound", (await RipienoProcess.RunAsync(workspace, "store", "check", "--quiet", "--store", redis)).Exits(Done).Output.Trim());

        Assert.Contains("--yes", (await RipienoProcess.RunAsync(workspace, "store", "reopen")).Exits(Usage).Error, StringComparison.Ordinal);
        (await RipienoProcess.RunAsync(workspace, "store", "reopen", "--yes")).Exits(Done);
        await using (var source = await workspace.OpenStoreAsync())
            await source.CancelAsync("r-7", default);
        Assert.Contains("r-7", (await RipienoProcess.RunAsync(workspace, command)).Exits(Usage).Error, StringComparison.Ordinal);

        async Task<long> CopiedAsync() => (long)(await server.CallAsync("ZCARD", "{ripieno:0}:runs"))!;
    }

    private static string Config(ModelSimulator simulator) => $$"""
        {
          "runtime": {
            "maxDeathsAlone": 1,
            "lease": { "duration": "1h", "heartbeat": "1s" },
            "ollama": { "host": "{{simulator.Url}}", "concurrency": 32 }
          },
          "agents": [ { "id": "writer" } ],
          "workflows": {
            "standard": { "maxRevisions": 20 },
            "gate": {
              "steps": [
                { "id": "draft", "agent": "writer", "prompt": "Draft a note: {{"{{input}}"}}" },
                { "id": "release", "approval": { "prompt": "Publish? {{"{{draft}}"}}", "timeLimit": "3d" } },
                { "id": "notice", "agent": "writer", "prompt": "Announce ({{"{{release.approved}}"}}): {{"{{draft}}"}}", "file": "notice.md" }
              ]
            }
          }
        }
        """;

    private static async Task AcceptAsync(Workspace workspace)
    {
        var ledger = new Ledger(workspace);
        foreach (var run in Standard)
            await ledger.AcceptAsync(run, tasks: 6);
        (await RipienoProcess.RunAsync(workspace, ["submit", "--workflow", "gate", "--input", "We move", "--id", "gate", "--quiet"])).Exits(Done);
    }

    /// <summary>A run whose first step takes down whoever executes it, until it is given up.</summary>
    private static async Task KillDeadlyAsync(Workspace workspace, Fleet fleet)
    {
        await new Ledger(workspace).AcceptAsync("deadly", tasks: 1);
        for (var deaths = 0; deaths < 3; deaths++)
        {
            await fleet.StartAsync("victim", slots: 1);
            await Storms.UntilAsync("it executes", async () => (await fleet.RunningAsync("victim", ["deadly"])).Count > 0);
            await fleet.KillAsync("victim");
        }

        await fleet.StartAsync("heir", slots: 1);
        await fleet.DrainedAsync(["deadly"]);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(Done));
    }

    private static async Task ApproveAsync(Workspace workspace, Fleet fleet)
    {
        await Storms.UntilAsync("it is asked", async () => await TimerAsync(await fleet.StoreAsync()) is not null);
        (await RipienoProcess.RunAsync(workspace, ["approve", "gate", "release", .. workspace.StoreOptions])).Exits(Done);
    }

    /// <summary>When the approval decides itself: a step that waits for days.</summary>
    private static async Task<DateTimeOffset?> TimerAsync(IStore store) =>
        (await store.ListStepsAsync("gate", -1, 100, default)).FirstOrDefault(step => step.Status == StepStatus.Waiting)?.DueAt;

    private static async Task<int> SucceededAsync(IStore store)
    {
        var count = 0;
        foreach (var run in Runs)
            count += (await store.ListStepsAsync(run, -1, 1000, default)).Count(step => step.Status == StepStatus.Succeeded);
        return count;
    }

    private static async Task<List<string>> ResultsAsync(IStore store)
    {
        var lines = new List<string>();
        foreach (var run in Runs)
        {
            lines.Add($"{run} {(await store.FindRunAsync(run, default))!.Status}");
            foreach (var step in (await store.ListStepsAsync(run, -1, 1000, default)).OrderBy(step => step.Key, StringComparer.Ordinal))
                lines.Add($"{run} {step.Key} {step.Status} {step.FailedAttempts} {(IsOfPeople(step) ? "" : step.Result)}");
            lines.AddRange((await store.ListArtifactsAsync(run, null, default)).Select(artifact => $"{run} {artifact.StepKey} {artifact.Name} {artifact.Hash}").Order(StringComparer.Ordinal));
        }

        return lines;
    }

    /// <summary>Its result says when it was decided.</summary>
    private static bool IsOfPeople(StepRecord step) => step.Key.StartsWith("release", StringComparison.Ordinal);

    private static async Task FillAsync(Workspace workspace, int count)
    {
        await using var store = await SqliteStore.OpenAsync(workspace.Store, TimeProvider.System, CancellationToken.None);
        await Parallel.ForAsync(0, count, async (i, cancellation) =>
        {
            var id = $"r-{i}";
            await store.SubmitAsync(
                new()
                {
                    Id = id,
                    Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(id)),
                    Title = "Title of " + id,
                    Workflow = "standard",
                    Snapshot = "{}"u8.ToArray(),
                    Steps = [.. Enumerable.Range(0, 20).Select(step => new StepSpec { Key = $"s{step}", Definition = "work", Class = new("default", "work"), DependsOn = step == 0 ? [] : [$"s{step - 1}"] })],
                },
                cancellation);
        });
    }
}
