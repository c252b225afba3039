using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Tests.Hosting;

/// <summary>The coordinator as a program uses it: starting, executing, watching and controlling runs.</summary>
public sealed class AgentCoordinatorTests : IDisposable
{
    private readonly ProgramFolder _folder = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ExecutesTheBuiltInWorkflowAndWritesItsFiles()
    {
        await using var coordinator = _folder.Open();
        var result = await coordinator.RunStandardWorkflowAsync("Add a login page", "login", cancellation: None);
        Assert.True(result.Succeeded);
        Assert.Equal("login", result.Run.Id);
        Assert.Equal("Add a login page", result.Run.Title);
        Assert.True(result.Run.Usage.Output > 0);
        var files = await result.ExportAsync(cancellation: None);
        Assert.Contains(Path.Combine(_folder.Path, "artifacts", "login", "summary.md"), files);
        Assert.Same(result, result.EnsureSucceeded());
    }

    [Fact]
    public async Task ARunWithTheSameIdAndContentIsTheSameRun()
    {
        await using var coordinator = _folder.Open();
        var first = await coordinator.ExecuteWorkflowAsync("once", input: "One thing", cancellation: None);
        var again = await coordinator.SubmitAsync(input: "One thing", workflowId: "once", cancellation: None);
        Assert.True(again.Existing);
        Assert.Equal(first.Run.FinishedAt, (await coordinator.ExecuteWorkflowAsync("once", input: "One thing", cancellation: None)).Run.FinishedAt);
        await Assert.ThrowsAsync<ConflictException>(() => coordinator.SubmitAsync(input: "Another", workflowId: "once", cancellation: None));
    }

    [Theory]
    [InlineData("# Shop\n\n- [ ] Cart\n- [ ] Checkout\n", 2)]
    [InlineData("""[{ "title": "Cart" }, { "title": "Checkout", "dependencies": ["Cart"] }]""", 2)]
    [InlineData("One sentence", 1)]
    public async Task TakesABacklogAsText(string backlog, int tasks)
    {
        await using var coordinator = _folder.Open();
        Assert.Equal(tasks, await TasksAsync(coordinator, await coordinator.RunStandardWorkflowAsync(backlog, cancellation: None)));
    }

    [Fact]
    public async Task TakesABacklogAsObjectsOrFromTheProject()
    {
        await using var coordinator = _folder.Open();
        object[] objects = [new { Title = "Cart" }, new { Title = "Checkout", Dependencies = new[] { "Cart" } }, new { Title = "Mail" }];
        Assert.Equal(3, await TasksAsync(coordinator, await coordinator.RunStandardWorkflowAsync(objects, cancellation: None)));

        var missing = await Assert.ThrowsAsync<InvalidInputException>(() => coordinator.RunStandardWorkflowAsync(cancellation: None));
        Assert.Contains("backlog.md", missing.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "backlog.md"), "- [ ] Cart\n- [ ] Mail\n", None);
        Assert.Equal(2, await TasksAsync(coordinator, await coordinator.RunStandardWorkflowAsync(cancellation: None)));
    }

    [Fact]
    public async Task AWorkerOfAnotherCoordinatorExecutesWhatOneSubmits()
    {
        await using var front = _folder.Open();
        await using var back = _folder.Open();
        using var stop = new CancellationTokenSource();
        var working = back.RunWorkerAsync(stop.Token);
        var accepted = await front.SubmitAsync(input: "Something", cancellation: None);
        var result = await front.WaitAsync(accepted.Id, None);
        Assert.True(result.Succeeded);
        await stop.CancelAsync();
        await working;
        // And may begin anew.
        Assert.True((await back.RunStandardWorkflowAsync("More", cancellation: None)).Succeeded);
    }

    [Fact]
    public async Task TwoCoordinatorsInOneProcessExecuteTheirOwnRuns()
    {
        await using var one = _folder.Open(builder => builder.UseInstanceId("one"));
        await using var two = _folder.Open(builder => builder.UseInstanceId("two"));
        var results = await Task.WhenAll(
            one.ExecuteWorkflowAsync("instance1_workflow", input: "First", cancellation: None),
            two.ExecuteWorkflowAsync("instance2_workflow", input: "Second", cancellation: None));
        Assert.All(results, result => Assert.True(result.Succeeded));
    }

    [Fact]
    public async Task ManyRunsAtOnceShareTheSlots()
    {
        var (now, most) = (0, 0);
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<int, int>("count", async (number, _, cancellation) =>
            {
                var here = Interlocked.Increment(ref now);
                InterlockedMax(ref most, here);
                await Task.Yield();
                Interlocked.Decrement(ref now);
                return number;
            })
            .AddWorkflow("numbers", workflow => workflow.Step("each", "count").ForEach("input").Prompt("{{item}}")));
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(run =>
            coordinator.ExecuteWorkflowAsync($"run-{run}", "numbers", Enumerable.Range(run * 100, 20), cancellation: None)));
        for (var run = 0; run < results.Length; run++)
            Assert.Equal(Enumerable.Range(run * 100, 20), await results[run].ValueAsync<int[]>("each", None) ?? []);
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public async Task ACancelledCallHandsBackAndTheRunGoesOnLater()
    {
        using var begun = new SemaphoreSlim(0);
        var calls = 0;
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("slow", async (_, _, cancellation) =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                {
                    begun.Release();
                    await Task.Delay(Timeout.Infinite, cancellation);
                }

                return "done";
            })
            .AddWorkflow("wait", workflow => workflow.Step("one", "slow").Prompt("Go")));
        using var cancel = new CancellationTokenSource();
        var executing = coordinator.ExecuteWorkflowAsync("held", "wait", cancellation: cancel.Token);
        await begun.WaitAsync(None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => executing);
        Assert.Equal(RunStatus.Running, (await coordinator.FindAsync("held", None))!.Status);

        var result = await coordinator.ExecuteWorkflowAsync("held", "wait", cancellation: None);
        Assert.Equal("done", await result.ValueAsync<string>("one", None));
        Assert.Equal(2, calls);
        var step = Assert.Single(await coordinator.StepsAsync("held", None).ToListAsync(None));
        Assert.Equal(2, step.Executions);
    }

    [Fact]
    public async Task OfTwoCallersOfOneRunOneMayGoWithoutTheOther()
    {
        using var begun = new SemaphoreSlim(0);
        var go = new TaskCompletionSource<string>();
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("held", (_, _, _) =>
            {
                begun.Release();
                return go.Task;
            })
            .AddWorkflow("held", workflow => workflow.Step("one", "held").Prompt("Go")));
        using var cancel = new CancellationTokenSource();
        var leaves = coordinator.ExecuteWorkflowAsync("shared", "held", cancellation: cancel.Token);
        var stays = coordinator.ExecuteWorkflowAsync("shared", "held", cancellation: None);
        await begun.WaitAsync(None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        go.SetResult("done");
        Assert.Equal("done", await (await stays).ValueAsync<string>("one", None));
    }

    [Fact]
    public async Task AWorkerWhoseIdIsTakenLeavesNothingBehind()
    {
        await using var first = _folder.Open(builder => builder.UseInstanceId("same"));
        await using var second = _folder.Open(builder => builder.UseInstanceId("same"));
        using var stop = new CancellationTokenSource();
        await first.Parts.BeginAllAsync(None);
        await Assert.ThrowsAsync<ConflictException>(() => second.RunWorkerAsync(stop.Token));
        await first.Parts.EndAllAsync(TimeSpan.Zero, None);
        // The refused one takes only what it is asked for.
        var other = await second.SubmitAsync(input: "Not asked for", cancellation: None);
        Assert.True((await second.RunStandardWorkflowAsync("Asked for", cancellation: None)).Succeeded);
        Assert.Null((await second.FindAsync(other.Id, None))!.StartedAt);
    }

    [Fact]
    public async Task StreamsTellWhatHappens()
    {
        await using var coordinator = _folder.Open();
        var accepted = await coordinator.SubmitAsync(input: "Something", cancellation: None);
        using var stop = new CancellationTokenSource();
        var working = coordinator.RunWorkerAsync(stop.Token);
        var events = await coordinator.EventsAsync(accepted.Id, follow: true, cancellation: None).ToListAsync(None);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(one => one.Number));
        Assert.Equal(WorkflowEventKind.RunAccepted, events[0].Kind);
        Assert.Equal(WorkflowEventKind.RunFinished, events[^1].Kind);
        Assert.Equal(events.Skip(3), await coordinator.EventsAsync(accepted.Id, after: 3, cancellation: None).ToListAsync(None));
        var seen = await coordinator.WatchAsync(accepted.Id, None).ToListAsync(None);
        Assert.Equal(RunStatus.Succeeded, seen[^1].Status);
        await stop.CancelAsync();
        await working;
    }

    [Fact]
    public async Task CancelEndsARunAndRetryOpensAFailedOne()
    {
        var fails = true;
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("moody", (text, call, _) => fails ? throw call.Fail("Not today.") : Task.FromResult(text))
            .AddWorkflow("mood", workflow => workflow.Step("one", "moody").Prompt("{{input}}")));
        var failed = await coordinator.ExecuteWorkflowAsync("mood-1", "mood", "well", cancellation: None);
        Assert.Equal(RunStatus.Failed, failed.Run.Status);
        Assert.Equal(("one", "Not today."), Assert.Single(failed.Failed.Select(step => (step.Key, step.Reason!))));
        var thrown = Assert.Throws<RunFailedException>(() => failed.EnsureSucceeded());
        Assert.Equal("Run 'mood-1' failed. one: Not today.", thrown.Message);

        fails = false;
        Assert.Equal(1, await coordinator.RetryAsync("mood-1", cancellation: None));
        var mended = await coordinator.ExecuteWorkflowAsync("mood-1", "mood", "well", cancellation: None);
        Assert.Equal("well", await mended.ValueAsync<string>("one", None));

        var queued = await coordinator.SubmitAsync("mood", "well", cancellation: None);
        Assert.True(await coordinator.CancelAsync(queued.Id, None));
        Assert.Equal(RunStatus.Cancelled, (await coordinator.WaitAsync(queued.Id, None)).Run.Status);
        Assert.Equal([queued.Id, "mood-1"], (await coordinator.ListAsync(cancellation: None)).Select(run => run.Id));
    }

    [Fact]
    public async Task PeopleDecideThroughIt()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("echo", text => text)
            .AddWorkflow("gate", workflow =>
            {
                workflow.Step("draft", "echo").Prompt("A draft");
                workflow.Approval("release", "Publish? {{draft}}", rejectedGoesOn: true);
                workflow.Step("publish", "echo").When("release.approved").Prompt("{{draft}} is out");
                workflow.Step("note", "echo").Prompt("{{release.by}}: {{release.note}}");
            }));
        await coordinator.SubmitAsync("gate", workflowId: "gate-1", cancellation: None);
        var executing = coordinator.ExecuteWorkflowAsync("gate-1", "gate", cancellation: None);
        var questions = await coordinator.WatchAsync("gate-1", None).Select(async (WorkflowRun _, CancellationToken cancellation) => await coordinator.ApprovalsAsync("gate-1", cancellation))
            .FirstAsync(asked => asked.Count > 0, None);
        Assert.Equal(new ApprovalQuestion("gate-1", "release", "Publish? A draft"), Assert.Single(questions));
        await coordinator.ApproveAsync("gate-1", "release", approved: false, by: "Ada", note: "Not yet", cancellation: None);
        var result = await executing;
        Assert.True(result.Succeeded);
        Assert.Null(await result.ValueAsync<string>("publish", None));
        Assert.Equal("Ada: Not yet", await result.ValueAsync<string>("note", None));
        await Assert.ThrowsAsync<ConflictException>(() => coordinator.ApproveAsync("gate-1", "release", approved: true, by: "Bob", cancellation: None));
    }

    [Fact]
    public async Task NothingIsAcceptedThatCouldNotBegin()
    {
        await using var coordinator = _folder.Open(builder => builder.UseProvider("ollama"));
        var away = await Assert.ThrowsAsync<EndpointUnavailableException>(() => coordinator.RunStandardWorkflowAsync("Something", cancellation: None));
        Assert.Contains("ollama", away.Message, StringComparison.Ordinal);
        Assert.Empty(await coordinator.ListAsync(cancellation: None));
    }

    [Fact]
    public async Task WhatIsNotThereIsSaid()
    {
        await using var coordinator = _folder.Open();
        await Assert.ThrowsAsync<NotFoundException>(() => coordinator.SubmitAsync("unknown", cancellation: None));
        await Assert.ThrowsAsync<NotFoundException>(() => coordinator.WaitAsync("unknown", None));
        await Assert.ThrowsAsync<NotFoundException>(() => coordinator.CancelAsync("unknown", None));
        Assert.Null(await coordinator.FindAsync("unknown", None));
        await Assert.ThrowsAsync<InvalidInputException>(() => coordinator.SubmitAsync(input: "x", workflowId: "../etc", cancellation: None));
    }

    [Fact]
    public async Task WhoeverReadsWhileItIsDisposedIsTold()
    {
        for (var round = 0; round < 20; round++)
        {
            var coordinator = _folder.Open();
            var accepted = await coordinator.SubmitAsync(input: "Something", workflowId: "read", cancellation: None);
            var readers = Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
            {
                while (true)
                    await coordinator.FindAsync(accepted.Id, None);
            })).Append(coordinator.WaitAsync(accepted.Id, None)).Append(coordinator.EventsAsync(accepted.Id, follow: true, cancellation: None).ToListAsync(None).AsTask()).ToList();
            await coordinator.ListAsync(cancellation: None);
            await coordinator.DisposeAsync();
            foreach (var reader in readers)
            {
                var told = await Assert.ThrowsAnyAsync<Exception>(() => reader);
                Assert.True(told is ObjectDisposedException { ObjectName: "Ripieno.AgentCoordinator" } or StoreUnavailableException or OperationCanceledException, told.ToString());
            }
        }
    }

    [Fact]
    public async Task ADisposedCoordinatorSaysSo()
    {
        var coordinator = _folder.Open();
        await coordinator.ConnectAsync(None);
        await coordinator.DisposeAsync();
        await coordinator.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => coordinator.RunStandardWorkflowAsync("Something", cancellation: None));
    }

    private static async Task<int> TasksAsync(AgentCoordinator coordinator, RunResult result)
    {
        Assert.True(result.Succeeded);
        return await coordinator.StepsAsync(result.Run.Id, None).CountAsync(step => step.Key.StartsWith("tasks/", StringComparison.Ordinal) && step.Key.Count(letter => letter == '/') == 1, None);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
