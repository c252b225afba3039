using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.EndToEnd.Tests.Instances;

/// <summary>Instances with different configurations on one store: each does what it can, and touches nothing else.</summary>
[Collection(Collections.Embedded)]
public sealed class MissingAgentTests(ITestOutputHelper output)
{
    private const int Tasks = 6;

    [Fact]
    [Trait("Promise", "I18")]
    public async Task An_instance_leaves_alone_what_it_has_no_agent_for_and_another_does_it()
    {
        var seed = Storms.Seed(1801);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(30), RevisionRate = 0.2 });
        using var workspace = new Workspace();
        const string config = "config/gpu.config.json";
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s", queue: "gpu", file: config, agents: "executor");
        var special = new Ledger(workspace, "--config", config);
        var usual = new Ledger(workspace);
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("plain", slots: 4);

        await special.AcceptAsync("special-1", Tasks);
        await special.AcceptAsync("special-2", Tasks);
        // Whole runs accepted later pass by: the instance was asking for work all the time.
        await Storms.UntilAsync("the plans are there", async () => (await fleet.StepAsync("special-1", "plan")).Result is not null && (await fleet.StepAsync("special-2", "plan")).Result is not null);
        for (var run = 1; run <= 3; run++)
        {
            await usual.AcceptAsync($"usual-{run}", Tasks);
            await fleet.DrainedAsync(usual.Accepted);
        }

        var left = 0;
        foreach (var run in special.Accepted)
        {
            var steps = await (await fleet.StoreAsync()).ListStepsAsync(run, -1, 1000, CancellationToken.None);
            var executions = steps.Where(step => step.Definition == StandardWorkflow.Execute).ToList();
            Assert.Equal(Tasks, executions.Count);
            Assert.All(executions, step => Assert.True(step.Status is StepStatus.Ready or StepStatus.Blocked && step.Epoch == 0, $"{step.Key} is {step.Status}, execution {step.Epoch}"));
            Assert.DoesNotContain(await fleet.EventsAsync(run), item => item.Kind is RunEventKind.StepFailed or RunEventKind.StepSkipped or RunEventKind.DeadLettered or RunEventKind.StepParked);
            left += executions.Count(step => step.Status == StepStatus.Ready);
        }

        await fleet.StartAsync("gpu", slots: 4, null, "--config", config);
        await fleet.DrainedAsync(special.Accepted);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        var (first, second) = (await LedgerCheck.RunAsync(special, simulator), await LedgerCheck.RunAsync(usual, simulator));
        output.Tell($"seed {seed}: {left} ready steps left alone through {usual.Accepted.Count} whole runs, then done by the other; {first}; and {second}");
        first.AssertKept();
        second.AssertKept();
        Assert.True(left > 0, "Some step must have been there to be taken wrongly.");
        Assert.All(
            WorkerLogs.TakenReports(workspace).Where(report => special.Accepted.Contains(report.Run) && report.Step.StartsWith("tasks/", StringComparison.Ordinal) && !report.Step.Contains("/review-", StringComparison.Ordinal)),
            report => Assert.Equal("gpu", report.Instance));
    }
}
