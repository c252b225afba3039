using Ripieno.Backlogs;
using Ripieno.Cluster;
using Ripieno.Coordination;
using Ripieno.Runs;
using Ripieno.Tests.Workers;
using Ripieno.Workflows;

namespace Ripieno.Tests.Coordination;

/// <summary>Runs that go to live instances in turn.</summary>
public sealed class RoundRobinTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromHours(5);

    private WorkerScene _scene = null!;
    private RunCoordinator _coordinator = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.OpenAsync();
        _coordinator = new(_scene.Store, _scene.Time);
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Ninety_nine_runs_on_three_instances_are_thirty_three_each_whoever_submits_them()
    {
        foreach (var id in (string[])["b", "a", "c"])
            await LiveAsync(id);
        var others = new RunCoordinator(await _scene.OpenStoreAsync(), _scene.Time);

        var receipts = await Task.WhenAll(Enumerable.Range(0, 99).Select(i => (i % 2 == 0 ? _coordinator : others).StartAsync(Request($"run-{i}"), default)));

        Assert.Equal([("a", 33), ("b", 33), ("c", 33)], receipts.CountBy(receipt => receipt.Instance!).Select(pair => (pair.Key, pair.Value)).Order());
        foreach (var receipt in receipts)
            Assert.Equal(new StepClass($"default@{receipt.Instance}", "planner"), (await _scene.StepAsync(receipt.Id, "plan")).Class);
        Assert.Equal(["default@a", "default@b", "default@c"], (await _scene.Store.ListBacklogAsync(default)).Select(one => one.Class.Queue));
    }

    [Fact]
    public async Task The_same_run_again_is_the_same_run_and_takes_nobodys_turn()
    {
        await LiveAsync("a");
        await LiveAsync("b");
        Assert.Equal(new RunReceipt("one", false, "a"), await _coordinator.StartAsync(Request("one"), default));

        Assert.Equal(new RunReceipt("one", true), await _coordinator.StartAsync(Request("one"), default));
        Assert.Equal(new RunReceipt("two", false, "b"), await _coordinator.StartAsync(Request("two"), default));
        await Assert.ThrowsAsync<Errors.ConflictException>(() => _coordinator.StartAsync(Request("one") with { Spread = RunSpread.Pull }, default));
        await Assert.ThrowsAsync<Errors.ConflictException>(() => _coordinator.StartAsync(Request("one") with { Queue = "night" }, default));
    }

    [Fact]
    public async Task Only_live_workers_that_take_any_run_of_the_queue_have_a_turn()
    {
        await LiveAsync("drains", report => report with { Draining = true });
        await LiveAsync("one-run", report => report with { Role = InstanceRole.Run });
        await LiveAsync("some", report => report with { Runs = ["x*"] });
        await LiveAsync("night", report => report with { Classes = ["night/planner"] });
        await _scene.RegisterAsync("quiet", Lease);
        await LiveAsync("silent", lease: TimeSpan.FromSeconds(30));
        _scene.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(new RunReceipt("free", false), await _coordinator.StartAsync(Request("free"), default));
        Assert.Equal("default", (await _scene.StepAsync("free", "plan")).Class.Queue);
        Assert.Equal(new RunReceipt("late", false, "night"), await _coordinator.StartAsync(Request("late") with { Queue = "night" }, default));
        Assert.Equal("night@night", (await _scene.StepAsync("late", "plan")).Class.Queue);
    }

    [Fact]
    public async Task A_queue_takes_the_place_of_the_default_one_and_of_no_other()
    {
        await _coordinator.StartAsync(Request("one", executorQueue: "gpu") with { Queue = "night", Spread = RunSpread.Pull }, default);

        var snapshot = RunSnapshots.Read((await _scene.Store.FindSnapshotAsync((await _scene.Store.FindRunAsync("one", default))!.SnapshotHash, default))!.Value);
        Assert.Equal("gpu", snapshot.Workflow.Step(StandardWorkflow.Execute).Queue);
        Assert.All(snapshot.Workflow.Steps.Where(step => step.Name != StandardWorkflow.Execute), step => Assert.Equal("night", step.Queue));
    }

    private async Task LiveAsync(string id, Func<InstanceReport, InstanceReport>? change = null, TimeSpan? lease = null)
    {
        var instance = await _scene.RegisterAsync(id, lease ?? Lease);
        var report = new InstanceReport
        {
            Role = InstanceRole.Worker,
            StartedAt = _scene.Time.GetUtcNow(),
            Configuration = new(null, null, "00000000"),
            Classes = ["default/planner"],
            Busy = 0,
            ActiveRuns = 0,
            Recent = new(1, 0, 0, 0, 0),
            Process = new(null, 1, null, null, null, null),
        };
        await _scene.Store.ReportInstanceAsync(instance.Incarnation, InstanceReportJson.Write(change?.Invoke(report) ?? report), default);
    }

    private static RunRequest Request(string id, string executorQueue = StepClass.DefaultQueue) => new()
    {
        Id = id,
        Backlog = new("shop", [new("a", "Add login", "", BacklogPriority.Medium, null, [])]),
        Snapshot = RunSnapshots.Take(new() { Agents = [new() { Id = "planner" }, new() { Id = "executor", Queue = executorQueue }, new() { Id = "reviewer" }] }, ""),
        Spread = RunSpread.RoundRobin,
    };
}
