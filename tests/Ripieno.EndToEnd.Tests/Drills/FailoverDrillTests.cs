using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;
using Ripieno.Workers;

namespace Ripieno.EndToEnd.Tests.Drills;

/// <summary>A drill on a store where work goes on: it shows what it promises to, touches nothing, and leaves nothing, however it ends.</summary>
public abstract class FailoverDrillTests(ITestOutputHelper output, bool onRedis)
{
    [Fact]
    [Trait("Promise", "I8")]
    public async Task A_drill_beside_a_worker_passes_disturbs_nobody_and_leaves_its_record_only()
    {
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        workspace.Write("config/agents.config.json", """{ "runtime": { "simulated": { "latency": "100ms", "concurrency": 4 } }, "workflows": { "standard": { "maxRevisions": 20 } } }""");
        var ledger = new Ledger(workspace, "--provider", "simulated");
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("usual", slots: 2);
        // More than it can do meanwhile: a backlog that the drill's workers must leave alone.
        await ledger.AcceptAsync("backlog", tasks: 60);

        var drill = (await RipienoProcess.RunAsync(workspace, ["drill", "failover", "--slots", "3", "--json", .. workspace.StoreOptions])).Exits(0);

        var told = JsonDocument.Parse(drill.Output).RootElement;
        output.Tell(drill.Output.Trim());
        Assert.True(told.GetProperty("passed").GetBoolean());
        Assert.InRange(told.GetProperty("inFlight").GetInt32(), 1, 3);
        Assert.InRange(told.GetProperty("repeated").GetInt64(), 1, told.GetProperty("inFlight").GetInt32());
        Assert.Equal((0, 0), (told.GetProperty("lost").GetInt32(), told.GetProperty("duplicated").GetInt32()));
        Assert.Equal(drill.Output.Trim(), Assert.Single(await File.ReadAllLinesAsync(workspace.In("data", "drills.jsonl"))));
        Assert.Equal((string[])["usual"], (await (await fleet.StoreAsync()).ListInstancesAsync(CancellationToken.None)).Select(instance => instance.Id));
        Assert.Equal((string[])["backlog"], (await (await fleet.StoreAsync()).ListRunsAsync(null, null, 10, CancellationToken.None)).Select(run => run.Id));
        Assert.Equal(RunStatus.Running, (await (await fleet.StoreAsync()).FindRunAsync("backlog", CancellationToken.None))!.Status);
        Assert.All(WorkerLogs.TakenReports(workspace), report => Assert.Equal(report.Run == "backlog", report.Instance == "usual"));

        (await RipienoProcess.RunAsync(workspace, ["cancel", "backlog", .. workspace.StoreOptions])).Exits(0);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Empty((await (await fleet.StoreAsync()).CheckAsync(CancellationToken.None)).Problems);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task A_drill_that_is_ended_in_the_middle_leaves_neither_processes_nor_a_run(string signal)
    {
        await using var redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        using var workspace = new Workspace(redis?.Endpoint);
        // The frozen worker keeps its steps for as long as that.
        workspace.Write("config/agents.config.json", """{ "runtime": { "lease": { "duration": "1h", "heartbeat": "1s" } } }""");
        using var drill = RipienoProcess.Start(workspace, null, ["drill", "failover", "--freeze", "--slots", "2", .. workspace.StoreOptions]);
        await using var store = await workspace.OpenStoreAsync();
        IReadOnlyList<InstanceRecord> workers = [];
        await Storms.UntilAsync(
            "one of its workers is frozen",
            async () => drill.HasExited || ((workers = await store.ListInstancesAsync(CancellationToken.None)).Count == 2 && workers.Any(worker => State(worker.Pid) == 'T')));
        Assert.False(drill.HasExited);
        Assert.Single(await store.ListRunsAsync(null, null, 10, CancellationToken.None));

        drill.Signal(signal);

        var ended = await drill.WaitAsync();
        Assert.Equal(signal == "INT" ? 130 : 128 + 9, ended.ExitCode);
        await Storms.UntilAsync("its workers are gone", () => workers.All(worker => ProcessIdentity.StartOf(worker.Pid) != worker.ProcessStart));
        await Storms.UntilAsync("its run is gone", async () => (await store.ListRunsAsync(null, null, 10, CancellationToken.None)).Count == 0);
        await Storms.UntilAsync("its registrations are gone", async () => (await store.ListInstancesAsync(CancellationToken.None)).Count == 0);
        Assert.False(File.Exists(workspace.In("data", "drills.jsonl")));
    }

    /// <summary>As the kernel tells it: T = stopped; a space when there is no such process.</summary>
    private static char State(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return ' ';
        }
    }
}

[Collection(Collections.Embedded)]
public sealed class SqliteFailoverDrillTests(ITestOutputHelper output) : FailoverDrillTests(output, onRedis: false);

[Collection(Collections.Redis)]
public sealed class RedisFailoverDrillTests(ITestOutputHelper output) : FailoverDrillTests(output, onRedis: true);
