using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>The disk of the store runs full under work: nothing that was accepted is lost, reading goes on, and so does the work once there is space.</summary>
[Collection(Collections.Embedded)]
public sealed class FullDiskTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_full_disk_is_said_clearly_and_costs_nothing_that_was_accepted()
    {
        var seed = Storms.Seed(2101);
        var rounds = Storms.Long ? 10 : 2;
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(50), RevisionRate = 0.2 });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        using var disk = await SmallDisk.MountAsync(workspace, "4m");
        var ledger = new Ledger(workspace) { Padding = new Random(seed), Launcher = disk.Launcher("submit") };
        using var worker = RipienoProcess.Start(disk.Launcher("worker"), workspace, null, "worker", "--concurrency", "4");
        await ledger.AcceptAsync("run-0", tasks: 3);

        var (refusals, size) = (0, 4);
        for (var round = 0; round < rounds; round++)
        {
            // First by its own growth; later another program takes what is left.
            if (round > 0)
                disk.Fill(leave: 300_000);
            refusals += await FillAsync(ledger, workspace);
            await ReadingWorksAsync(disk, workspace, ledger);
            size += 16;
            disk.Resize($"{size}m");
            // The worker is the one that stood before the full disk all the time; nobody helps it.
            await Storms.UntilAsync("all has ended", async () => (await ListAsync(disk, workspace, "--status", "running")).Count == 0);
        }

        worker.Signal("TERM");
        var ended = (await worker.WaitAsync()).Exits(0);
        var store = disk.CopyStore();
        Assert.Equal("ok", StoreFile.Integrity(store));
        var findings = await LedgerCheck.RunAsync(ledger, simulator, store);
        var told = ended.Error.Split("is full").Length - 1;
        output.Tell($"seed {seed}: {rounds} times full, {refusals} submissions refused, {told} times said by the worker; {findings}");
        findings.AssertKept();
        Assert.True(refusals >= 3 * rounds, "The disk must have been full.");
        Assert.True(told > 0, $"The worker must have felt it and said so:\n{ended.Error}");
    }

    /// <summary>Submits until the disk is full, and then some more: refusals must be clear, and must stay refusals.</summary>
    private static async Task<int> FillAsync(Ledger ledger, Workspace workspace)
    {
        var refused = 0;
        for (var tries = 0; refused < 3; tries++)
        {
            Assert.True(tries < 200, "The disk does not get full.");
            var result = await ledger.SubmitAsync($"run-{ledger.Tasks.Count}", tasks: 3);
            if (result.ExitCode == 0)
                continue;
            result.Exits(3);
            Assert.Contains(workspace.Store, result.Error, StringComparison.Ordinal);
            Assert.Contains("full", result.Error, StringComparison.Ordinal);
            Assert.Contains("Free some space", result.Error, StringComparison.Ordinal);
            Assert.Empty(result.Output);
            refused++;
        }

        return refused;
    }

    private static async Task ReadingWorksAsync(SmallDisk disk, Workspace workspace, Ledger ledger)
    {
        Assert.Empty(ledger.Accepted.Except(await ListAsync(disk, workspace), StringComparer.Ordinal));
        (await RunAsync(disk, workspace, "show", "run-0", "--steps")).Exits(0);
    }

    private static async Task<HashSet<string>> ListAsync(SmallDisk disk, Workspace workspace, params string[] options)
    {
        var runs = (await RunAsync(disk, workspace, ["runs", "--json", "--limit", "1000", .. options])).Exits(0);
        using var listed = JsonDocument.Parse(runs.Output);
        return listed.RootElement.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetString()!).ToHashSet(StringComparer.Ordinal);
    }

    private static async Task<ProcessResult> RunAsync(SmallDisk disk, Workspace workspace, params string[] arguments)
    {
        using var cli = RipienoProcess.Start(disk.Launcher("reader"), workspace, null, arguments);
        return await cli.WaitAsync();
    }
}
