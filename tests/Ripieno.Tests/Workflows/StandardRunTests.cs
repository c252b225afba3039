using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Reports;
using Ripieno.Agents.Tasks;
using Ripieno.Backlogs;
using Ripieno.Providers.Simulated;
using Ripieno.Runs;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Tests.Agents;
using Ripieno.Workflows;

namespace Ripieno.Tests.Workflows;

/// <summary>Whole runs of the standard workflow on a real store with the simulated model.</summary>
public sealed class StandardRunTests : IAsyncLifetime
{
    private const string RunId = "shop";

    private static readonly Backlog Shop = new(
        "shop",
        [
            new("a", "Add login", "as a form", BacklogPriority.Low, null, []),
            new("b", "Add logout", "", BacklogPriority.High, null, ["a"]),
            new("c", "Write the manual", "", BacklogPriority.Medium, null, []),
        ]);

    private readonly string _folder = Directory.CreateTempSubdirectory("ripieno-run-").FullName;
    private readonly Guid _incarnation = Guid.NewGuid();
    private SqliteStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteStore.OpenAsync(Path.Combine(_folder, "test.db"), TimeProvider.System, default);
        var instance = new InstanceRecord(_incarnation, "test", "host", Environment.ProcessId, 1, "1", 1, TimeProvider.System.GetUtcNow());
        await _store.RegisterInstanceAsync(instance, TimeSpan.FromHours(1), default);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_backlog_becomes_accepted_files()
    {
        var order = await RunAsync(revisionRate: 0);

        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
        Assert.Equal("plan", order[0]);
        Assert.Equal("summary", order[^1]);
        // b is the most urgent, but needs a; c is more urgent than a; work begun is reviewed before more is begun.
        Assert.Equal(["tasks/c", "tasks/c/review-1", "tasks/a", "tasks/a/review-1", "tasks/b", "tasks/b/review-1"], order[1..^1]);
        await ArtifactExport.ExportAsync(_store, RunId, _folder, default);
        Assert.True(File.Exists(Path.Combine(_folder, RunId, "tasks", "b", "b.md")));
        Assert.Contains("3 tasks: 3 accepted.", await File.ReadAllTextAsync(Path.Combine(_folder, RunId, "summary.md")), StringComparison.Ordinal);
        var stored = (await _store.ListArtifactsAsync(RunId, null, default)).Single(artifact => artifact.Name == "summary.md");
        Assert.Equal(stored.Hash, ContentHash.Of(await File.ReadAllBytesAsync(Path.Combine(_folder, RunId, "summary.md"))));
    }

    [Fact]
    public async Task When_no_work_is_accepted_the_tasks_fail_and_a_retry_gives_them_a_full_budget_again()
    {
        await RunAsync(revisionRate: 1);

        Assert.Equal(RunStatus.Failed, (await _store.FindRunAsync(RunId, default))!.Status);
        var failed = (await _store.FindStepAsync(RunId, "tasks/a/review-3", default))!;
        Assert.Equal(StepStatus.Failed, failed.Status);
        Assert.StartsWith("Task 'a' was not accepted after 2 revisions: ", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(StepStatus.Skipped, (await _store.FindStepAsync(RunId, "tasks/b", default))!.Status);
        await ArtifactExport.ExportAsync(_store, RunId, _folder, default);
        Assert.True(File.Exists(Path.Combine(_folder, RunId, "tasks", "a", "NOT-ACCEPTED.md")));

        await _store.RetryAsync(RunId, [], default);
        await WorkAsync(revisionRate: 1);
        Assert.Equal(StepStatus.Failed, (await _store.FindStepAsync(RunId, "tasks/a/review-5", default))!.Status);

        await _store.RetryAsync(RunId, [], default);
        await WorkAsync(revisionRate: 0);

        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
        var task = (await _store.FindStepAsync(RunId, "tasks/a", default))!;
        Assert.Equal((await _store.FindStepAsync(RunId, "tasks/a/execute-5", default))!.Index, task.Accepted);
        await ArtifactExport.ExportAsync(_store, RunId, _folder, default);
        Assert.False(File.Exists(Path.Combine(_folder, RunId, "tasks", "a", "NOT-ACCEPTED.md")));
        Assert.Contains("3 tasks: 3 accepted.", await File.ReadAllTextAsync(Path.Combine(_folder, RunId, "summary.md")), StringComparison.Ordinal);
    }

    private async Task<List<string>> RunAsync(double revisionRate)
    {
        var snapshot = AgentSteps.Snapshot();
        var (steps, input) = StandardWorkflow.Begin(snapshot.Workflow, Shop);
        await _store.SubmitAsync(
            new()
            {
                Id = RunId,
                Fingerprint = ContentHash.Of(input.Span),
                Title = Shop.Title,
                Workflow = snapshot.Workflow.Name,
                Snapshot = RunSnapshots.Write(snapshot),
                Input = input,
                Steps = steps,
            },
            default);
        return await WorkAsync(revisionRate);
    }

    /// <summary>A worker with one slot, until nothing can be claimed.</summary>
    private async Task<List<string>> WorkAsync(double revisionRate)
    {
        using var client = new SimulatedChatClient(
            "simulated", new() { Seed = 1, RevisionRate = revisionRate, Latency = TimeSpan.Zero }, TimeProvider.System);
        IChatClient Client(Ripieno.Models.ModelChoice model) => client;
        IStepExecutor[] executors = [new PlanStepExecutor(Client), new ExecuteStepExecutor(Client), new ReviewStepExecutor(Client), new SummarizeStepExecutor()];
        var order = new List<string>();
        while (await ClaimAsync() is { } step)
        {
            order.Add(step.Key);
            var snapshot = RunSnapshots.Read((await _store.FindSnapshotAsync(step.SnapshotHash, default))!.Value);
            var context = new StepContext
            {
                Step = step,
                Snapshot = snapshot,
                Definition = snapshot.Workflow.Step(step.Definition),
                Store = _store,
                Activity = new(TimeProvider.System, RunId, step.Key),
            };
            try
            {
                var completion = await executors.Single(executor => executor.Name == context.Definition.Executor).ExecuteAsync(context, default);
                Assert.Equal(ReportOutcome.Recorded, await _store.CompleteAsync(step.Lease, completion, default));
            }
            catch (StepFailedException failure)
            {
                await _store.FailAsync(step.Lease, new(failure.Message, null, failure.Usage), default);
            }
        }

        return order;
    }

    private async Task<ClaimedStep?> ClaimAsync()
    {
        ClassDemand[] classes = [.. from name in new[] { "planner", "executor", "reviewer", "summarize" } select new ClassDemand(new("default", name), 1)];
        var request = new ClaimRequest { Incarnation = _incarnation, Classes = classes, Count = 1, Lease = TimeSpan.FromHours(1) };
        return (await _store.ClaimAsync(request, default)).SingleOrDefault();
    }
}
