using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>A task that ends every process which executes it, among others that do not.</summary>
[Collection(Collections.Embedded)]
public sealed class PoisonTests(ITestOutputHelper output)
{
    private const string Run = "run-0", Poison = "tasks/part-3-of-run-0";

    [Fact]
    [Trait("Promise", "I7")]
    public async Task A_task_that_kills_its_workers_is_given_up_after_four_and_the_others_are_done()
    {
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = 1803, Slots = 64, Latency = TimeSpan.FromMilliseconds(600), RevisionRate = 0 });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s", maxDeathsAlone: 2);
        var ledger = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("left", slots: 4);
        await fleet.StartAsync("right", slots: 4);
        await ledger.AcceptAsync(Run, tasks: 8);

        var beside = new List<int>();
        while (await ExecutingAsync(fleet) is { } victim)
        {
            beside.Add((await fleet.RunningAsync(victim, [Run])).Count - 1);
            await fleet.KillAsync(victim);
            await fleet.StartAsync(victim, slots: 4);
            Assert.True(beside.Count <= 4, "It should have been given up.");
        }

        await fleet.DrainedAsync([Run]);
        var step = await fleet.StepAsync(Run, Poison);
        output.Tell($"{beside.Count} processes killed by the task, beside {string.Join(", ", beside)} other steps; then: {step.Status}, {step.Reason}");
        Assert.Equal((StepStatus.DeadLettered, 4, 2, 4L), (step.Status, step.Deaths, step.DeathsAlone, step.Epoch));
        Assert.Equal([0, 0], beside[2..]);
        Assert.True(beside[0] + beside[1] > 0, "Nothing was executing beside it.");
        Assert.Equal(4, (await fleet.EventsAsync(Run)).Count(one => one is { Kind: RunEventKind.LeaseExpired, StepKey: Poison }));
        // The one that depends on it is skipped; all others are done.
        foreach (var task in Enumerable.Range(1, 8).Where(number => number != 3))
        {
            var expected = StormBacklog.Before(task) == 3 ? StepStatus.Skipped : StepStatus.Succeeded;
            Assert.Equal(expected, (await fleet.StepAsync(Run, $"tasks/part-{task}-of-{Run}")).Status);
        }

        (await RipienoProcess.RunAsync(workspace, "dead-letter", "list")).Exits(0);
        Assert.Contains(Poison, (await RipienoProcess.RunAsync(workspace, "dead-letter", "list", "--json")).Exits(0).Output, StringComparison.Ordinal);
        (await RipienoProcess.RunAsync(workspace, "dead-letter", "retry", Run)).Exits(0);
        await Storms.UntilAsync(
            "the retried run succeeds", async () => (await (await fleet.StoreAsync()).FindRunAsync(Run, CancellationToken.None))!.Status == RunStatus.Succeeded);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Empty((await (await fleet.StoreAsync()).CheckAsync(CancellationToken.None)).Problems);
    }

    /// <summary>The instance that executes the task; null once it never will be executed again.</summary>
    private static async Task<string?> ExecutingAsync(Fleet fleet)
    {
        var store = await fleet.StoreAsync();
        StepRecord? step = null;
        await Storms.UntilAsync(
            "the task is executed or given up",
            async () => (step = await store.FindStepAsync(Run, Poison, CancellationToken.None)) is { Status: StepStatus.Running or StepStatus.DeadLettered });
        return step!.Status == StepStatus.Running ? step.Instance : null;
    }
}
