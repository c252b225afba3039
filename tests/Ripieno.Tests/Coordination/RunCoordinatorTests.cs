using Ripieno.Backlogs;
using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workflows;

namespace Ripieno.Tests.Coordination;

/// <summary>Starting, watching, cancelling and retrying runs; the test itself is the instance that executes them.</summary>
public sealed class RunCoordinatorTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromHours(5);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private WorkerScene _scene = null!;
    private RunCoordinator _coordinator = null!;
    private InstanceRecord _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.OpenAsync();
        _coordinator = new(_scene.Store, _scene.Time);
        _instance = await _scene.RegisterAsync("test", Lease);
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_started_run_is_stored_with_its_plan_and_summary()
    {
        var receipt = await _coordinator.StartAsync(Request("mine") with { Tenant = "team", Priority = 3 }, default);

        Assert.Equal(new RunReceipt("mine", false), receipt);
        var run = (await _coordinator.OverviewAsync("mine", default)).Run;
        Assert.Equal(("shop", "standard", "team", 3, RunStatus.Running), (run.Title, run.Workflow, run.Tenant, run.Priority, run.Status));
        Assert.Equal(["plan", "summary"], (await _coordinator.StepsAsync("mine", default)).Select(step => step.Key));
    }

    [Fact]
    public async Task A_run_without_an_id_gets_one()
    {
        var receipt = await _coordinator.StartAsync(Request(null), default);

        Assert.StartsWith("20300101-000000-", receipt.Id, StringComparison.Ordinal);
        Assert.Equal(receipt.Id, Assert.Single(await _coordinator.ListAsync(null, null, 10, default)).Id);
    }

    [Fact]
    public async Task An_id_that_cannot_be_used_is_refused_before_anything_is_stored()
    {
        await Assert.ThrowsAsync<InvalidInputException>(() => _coordinator.StartAsync(Request("../x"), default));

        Assert.Empty(await _coordinator.ListAsync(null, null, 10, default));
    }

    [Fact]
    public async Task The_same_id_and_body_are_the_same_run()
    {
        await _coordinator.StartAsync(Request("mine"), default);

        Assert.Equal(new RunReceipt("mine", true), await _coordinator.StartAsync(Request("mine"), default));
        Assert.Single(await _coordinator.ListAsync(null, null, 10, default));
    }

    [Fact]
    public async Task How_a_run_is_served_is_no_part_of_what_it_is()
    {
        await _coordinator.StartAsync(Request("mine") with { TenantWeight = 3, MaxDeathsAlone = 1 }, default);

        Assert.Equal(new RunReceipt("mine", true), await _coordinator.StartAsync(Request("mine") with { TenantWeight = 7, MaxDeathsAlone = 9 }, default));
    }

    [Fact]
    public async Task The_same_id_and_another_body_are_a_conflict()
    {
        await _coordinator.StartAsync(Request("mine"), default);
        var request = Request("mine");
        RunRequest[] others =
        [
            Request("mine", "Add logout"),
            request with { Tenant = "other" },
            request with { Priority = 1 },
            request with { Backlog = request.Backlog! with { Title = "another" } },
            request with { Snapshot = request.Snapshot with { MaxRevisions = 9 } },
        ];

        foreach (var other in others)
        {
            var conflict = await Assert.ThrowsAsync<ConflictException>(() => _coordinator.StartAsync(other, default));
            Assert.Contains("mine", conflict.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_repeated_and_accepted_once()
    {
        var store = new FaultyStore(_scene.Store, (operation, before) => operation == nameof(IStore.SubmitAsync) && before == 0 ? Fault.LostAfter : Fault.None);
        var starting = new RunCoordinator(store, _scene.Time).StartAsync(Request("mine"), default);

        await _scene.UntilAsync(() => starting.IsCompleted, Pace);

        Assert.Equal("mine", (await starting).Id);
        Assert.Equal(2, store.Calls(nameof(IStore.SubmitAsync)));
        Assert.Single(await _coordinator.ListAsync(null, null, 10, default));
    }

    [Fact]
    public async Task A_start_whose_answers_keep_being_lost_says_so()
    {
        var store = new FaultyStore(_scene.Store, (operation, _) => operation == nameof(IStore.SubmitAsync) ? Fault.LostBefore : Fault.None);
        var starting = new RunCoordinator(store, _scene.Time).StartAsync(Request("mine"), default);

        await _scene.UntilAsync(() => starting.IsCompleted, Pace);

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => starting);
        Assert.Equal(3, store.Calls(nameof(IStore.SubmitAsync)));
    }

    [Fact]
    public async Task An_unknown_run_is_answered_with_the_newest_ones()
    {
        Assert.Contains("no runs yet", await RefusalAsync(), StringComparison.Ordinal);
        foreach (var id in new[] { "one", "two", "three", "four" })
            await _coordinator.StartAsync(Request(id), default);

        Assert.Contains("The newest are: four, three, two.", await RefusalAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => _coordinator.CancelAsync("nosuch", default));
        await Assert.ThrowsAsync<NotFoundException>(() => _coordinator.RetryAsync("nosuch", [], default));

        async Task<string> RefusalAsync() => (await Assert.ThrowsAsync<NotFoundException>(() => _coordinator.OverviewAsync("nosuch", default))).Message;
    }

    [Fact]
    public async Task Watching_shows_each_change_and_ends_with_the_terminal_state()
    {
        await _coordinator.StartAsync(Request("mine"), default);
        var seen = new List<RunOverview>();
        var watching = Task.Run(async () =>
        {
            await foreach (var overview in _coordinator.WatchAsync("mine", Pace, default))
            {
                lock (seen)
                    seen.Add(overview);
            }
        });

        await _scene.UntilAsync(() => Count() > 0);
        await ExecuteAsync("plan", "planner");
        await _scene.UntilAsync(() => Last().Counts.Contains(new("plan", StepStatus.Succeeded, 1)), Pace);
        Assert.False(watching.IsCompleted);
        await ExecuteAsync("summary", "summarize");
        await _scene.UntilAsync(() => watching.IsCompleted, Pace);

        await watching;
        Assert.Equal(RunStatus.Running, seen[0].Run.Status);
        Assert.Equal(RunStatus.Succeeded, seen[^1].Run.Status);
        Assert.Single(seen, overview => overview.Run.Status != RunStatus.Running);

        int Count()
        {
            lock (seen)
                return seen.Count;
        }

        RunOverview Last()
        {
            lock (seen)
                return seen[^1];
        }
    }

    [Fact]
    public async Task Events_and_steps_are_read_in_pages_without_gap_or_double()
    {
        const int Count = 983;
        await _scene.SubmitAsync("big", [.. Enumerable.Range(0, Count).Select(number => WorkerScene.Step($"s{number}"))]);
        var claims = await _scene.Store.ClaimAsync(
            new() { Incarnation = _instance.Incarnation, Classes = [new(WorkerScene.Work, Count)], Count = Count, Lease = Lease }, default);
        await Task.WhenAll(claims.Select(claim => _scene.Store.CompleteAsync(claim.Lease, new(), default)));

        var events = await _coordinator.EventsAsync("big", 0, follow: false, default).ToListAsync();

        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(item => (int)item.Number));
        Assert.Equal(Count, events.Where(item => item.Kind == RunEventKind.StepSucceeded).Select(item => item.StepKey).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(RunEventKind.RunFinished, events[^1].Kind);
        Assert.Equal(events[^7..], await _coordinator.EventsAsync("big", events[^8].Number, follow: true, default).ToListAsync());
        Assert.Equal(Enumerable.Range(0, Count), (await _coordinator.StepsAsync("big", default)).Select(step => step.Index));
    }

    [Fact]
    public async Task Followed_events_go_on_until_the_run_is_terminal()
    {
        await _coordinator.StartAsync(Request("mine"), default);
        var seen = new List<RunEvent>();
        var following = Task.Run(async () =>
        {
            await foreach (var item in _coordinator.EventsAsync("mine", 0, follow: true, default))
            {
                lock (seen)
                    seen.Add(item);
            }
        });
        await _scene.UntilAsync(() => Has(RunEventKind.RunAccepted));

        await ExecuteAsync("plan", "planner");
        await _scene.UntilAsync(() => Has(RunEventKind.StepSucceeded), Pace);
        Assert.False(following.IsCompleted);
        await ExecuteAsync("summary", "summarize");
        await _scene.UntilAsync(() => following.IsCompleted, Pace);

        await following;
        Assert.Equal(RunEventKind.RunFinished, seen[^1].Kind);
        Assert.Equal(Enumerable.Range(1, seen.Count), seen.Select(item => (int)item.Number));

        bool Has(RunEventKind kind)
        {
            lock (seen)
                return seen.Exists(item => item.Kind == kind);
        }
    }

    [Fact]
    public async Task A_cancelled_run_ends_and_is_neither_cancelled_nor_retried_again()
    {
        await _coordinator.StartAsync(Request("mine"), default);

        Assert.True(await _coordinator.CancelAsync("mine", default));
        Assert.False(await _coordinator.CancelAsync("mine", default));
        Assert.Equal(RunStatus.Cancelled, (await _coordinator.OverviewAsync("mine", default)).Run.Status);
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => _coordinator.RetryAsync("mine", [], default));
        Assert.Contains("cancelled", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_failed_is_retried()
    {
        await _coordinator.StartAsync(Request("mine"), default);
        Assert.Contains("ripieno resume mine", (await Assert.ThrowsAsync<ConflictException>(() => _coordinator.RetryAsync("mine", [], default))).Message, StringComparison.Ordinal);
        var plan = await ClaimAsync("plan", "planner");
        await _scene.Store.FailAsync(plan.Lease, new("no", null, default), default);
        await ExecuteAsync("summary", "summarize");
        Assert.Equal(RunStatus.Failed, (await _coordinator.OverviewAsync("mine", default)).Run.Status);

        await Assert.ThrowsAsync<NotFoundException>(() => _coordinator.RetryAsync("mine", ["tasks/nosuch"], default));
        await Assert.ThrowsAsync<ConflictException>(() => _coordinator.RetryAsync("mine", ["summary"], default));
        Assert.Equal(2, await _coordinator.RetryAsync("mine", ["plan"], default));

        await ExecuteAsync("plan", "planner");
        await ExecuteAsync("summary", "summarize");
        Assert.Equal(RunStatus.Succeeded, (await _coordinator.OverviewAsync("mine", default)).Run.Status);
        Assert.False(await _coordinator.CancelAsync("mine", default));
    }

    private static RunRequest Request(string? id, string title = "Add login") => new()
    {
        Id = id,
        Backlog = new("shop", [new("a", title, "", BacklogPriority.Medium, null, [])]),
        Snapshot = RunSnapshots.Take(new() { Agents = [new() { Id = "planner" }, new() { Id = "executor" }, new() { Id = "reviewer" }] }, ""),
    };

    private async Task<ClaimedStep> ClaimAsync(string key, string executor)
    {
        var claim = await _scene.ClaimAsync(_instance, Lease, new StepClass("default", executor));
        Assert.Equal(key, claim?.Key);
        return claim!;
    }

    private async Task ExecuteAsync(string key, string executor) => await _scene.Store.CompleteAsync((await ClaimAsync(key, executor)).Lease, new(), default);
}
