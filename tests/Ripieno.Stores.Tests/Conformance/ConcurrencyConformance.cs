using System.Collections.Concurrent;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class ConcurrencyConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    /// <summary>Several processes and several threads in each, on a graph with joins and expansions.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("Promise", "I6")]
    public async Task Many_claimers_execute_each_step_once(int stores)
    {
        const int Width = 60;
        await SubmitAsync("r1", Graph("r1-", Width));
        await SubmitAsync("r2", Graph("r2-", Width));
        var executed = new ConcurrentBag<string>();
        var opened = new List<IStore> { Store };
        while (opened.Count < stores)
            opened.Add(await Fixture.OpenAsync());

        // One that fails holds its steps for good: the others would wait for them, and nobody be told why.
        using var failed = new CancellationTokenSource();
        await Task.WhenAll(opened.SelectMany((store, i) => Enumerable.Range(0, 4).Select(j => Task.Run(() => WorkAsync(store, $"w{i}-{j}", executed, failed)))));

        Assert.Equal(executed.Count, executed.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(2 * (Width * 3 + 1), executed.Count);
        foreach (var run in new[] { "r1", "r2" })
        {
            var record = await RunAsync(run);
            Assert.Equal((RunStatus.Succeeded, 0, Width * 3 + 1), (record.Status, record.OpenSteps, record.Steps));
            Assert.All(await Store.ListStepsAsync(run, -1, 1000, None), step => Assert.Equal((StepStatus.Succeeded, 1L), (step.Status, step.Epoch)));
        }
    }

    [Fact]
    [Trait("Promise", "I2")]
    public async Task Many_submitters_of_one_run_make_one_run()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => SubmitAsync("r", Step("a")))));
        Assert.Single(outcomes, SubmitOutcome.Created);
        Assert.Equal(["a"], await ClaimAsync());
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task Two_reports_of_one_lease_at_once_are_recorded_once()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => ExpandAsync("a", ExpansionTarget.Self, Step("a/1")))));
        Assert.All(outcomes, outcome => Assert.Equal(ReportOutcome.Recorded, outcome));
        Assert.Equal("a Expanded, b Blocked, a/1 Ready", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_process_that_vanished_leaves_a_state_to_go_on_with()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"), Step("c"));
        await ClaimAsync();
        await CompleteAsync("a");

        // The first store is neither closed nor ended: its process was killed here.
        await using var next = await Fixture.OpenAsync();
        var heir = Guid.NewGuid();
        await next.RegisterInstanceAsync(Instance("heir", heir), Lease, None);
        Time.Advance(Lease);
        await next.RenewAsync(heir, [], Lease, None);

        var claimed = await next.ClaimAsync(new() { Incarnation = heir, Classes = [new(Work, 10)], Count = 10, Lease = Lease }, None);
        Assert.Equal(["b", "c"], claimed.Select(step => step.Key));
        foreach (var step in claimed)
            Assert.Equal(ReportOutcome.Recorded, await next.CompleteAsync(step.Lease, new(), None));
        Assert.Equal(RunStatus.Succeeded, (await next.FindRunAsync("r", None))!.Status);
        Assert.Equal(ReportOutcome.LeaseLost, await CompleteAsync("c"));
    }

    private static StepSpec[] Graph(string prefix, int width) =>
        [.. Enumerable.Range(0, width).Select(i => Step($"{prefix}{i}")), Step(prefix + "join", [.. Enumerable.Range(0, width).Select(i => $"{prefix}{i}")])];

    private static async Task WorkAsync(IStore store, string id, ConcurrentBag<string> executed, CancellationTokenSource failed)
    {
        try
        {
            await WorkAsync(store, id, executed, failed.Token);
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private static async Task WorkAsync(IStore store, string id, ConcurrentBag<string> executed, CancellationToken failed)
    {
        var incarnation = Guid.NewGuid();
        await store.RegisterInstanceAsync(Instance(id, incarnation), Lease, None);
        while (!failed.IsCancellationRequested && await OpenRunsAsync(store))
        {
            foreach (var step in await store.ClaimAsync(new() { Incarnation = incarnation, Classes = [new(Work, 3)], Count = 3, Lease = Lease }, None))
            {
                executed.Add(step.Key);
                // Leaves of the graph's first row expand once.
                var expands = !step.Key.Contains('/', StringComparison.Ordinal) && !step.Key.EndsWith("join", StringComparison.Ordinal);
                var expansion = expands ? new StepExpansion(ExpansionTarget.Self, [Step(step.Key + "/1"), Step(step.Key + "/2", step.Key + "/1")]) : null;
                Assert.Equal(ReportOutcome.Recorded, await store.CompleteAsync(step.Lease, new() { Expansion = expansion }, None));
            }
        }
    }

    private static async Task<bool> OpenRunsAsync(IStore store) => (await store.ListRunsAsync(RunStatus.Running, null, 1, None)).Count > 0;
}
