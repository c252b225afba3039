using System.Diagnostics;
using System.Text;
using Ripieno.Coordination.Moving;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;
using Ripieno.Stores.Tests.Moving;
using Ripieno.Stores.Tests.Sqlite;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Closing, images, and the move of everything from a store and into it.</summary>
public abstract class MovingConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    /// <summary>More than go into a part.</summary>
    private const int Members = 230;

    [Fact]
    public async Task A_closed_store_can_be_read_and_is_not_changed()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await SubmitAsync("old", Step("x"));
        await ClaimAsync(run: "old");
        await FailAsync("x");
        await ClaimAsync(count: 1, run: "r");
        var closing = await Store.CloseAsync("elsewhere", None);

        Assert.Equal(closing, await Store.FindClosingAsync(None));
        Assert.Equal(closing, await Store.CloseAsync("elsewhere", None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.CloseAsync("nowhere", None));
        Task[] changes =
        [
            SubmitAsync("new", Step("a")), ClaimAsync(), CompleteAsync("a"), FailAsync("a"), Store.ParkAsync(LeaseOf("a"), Time.GetUtcNow(), "", None), Store.ReleaseAsync(LeaseOf("a"), None),
            RegisterAsync("late"), Store.RenewAsync(Worker, [], Lease, None), Store.CancelAsync("r", None), Store.RetryAsync("old", [], None), Store.DeleteRunsAsync(["old"], None),
        ];
        foreach (var change in changes)
            Assert.Contains("elsewhere", (await Assert.ThrowsAsync<StoreUnavailableException>(() => change)).Message, StringComparison.Ordinal);
        Assert.Equal("a Running, b Ready", await StatesAsync("r"));
        Assert.Contains(StoreCheck.Closed, (await Store.CheckAsync(None)).Facts.Keys);

        // What was in hand is given back, and a report of it comes to nothing.
        Assert.Equal(1, await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None));
        await Store.SettleAsync(None);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => CompleteAsync("a"));
        Assert.Equal("a Ready, b Ready", await StatesAsync("r"));

        await Store.ReopenAsync(None);
        Assert.Null(await Store.FindClosingAsync(None));
        await Store.RegisterInstanceAsync(Instance("worker", Worker), Lease, None);
        Assert.Equal(["a", "b"], (await DrainAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(closing.Store, (await Store.CloseAsync("elsewhere", None)).Store);
    }

    [Fact]
    public async Task Everything_comes_into_another_store_and_back_and_ends_the_same()
    {
        var source = new FullStore(Store, Time);
        await source.FillAsync(Members);
        await using var file = new SqliteFixture();
        await using var back = new TFixture();
        file.Time.SetUtcNow(Time.GetUtcNow());
        back.Time.SetUtcNow(Time.GetUtcNow());
        var (there, again) = (await file.OpenAsync(), await back.OpenAsync());

        var report = await MoveAsync(Store, there);
        var returned = await MoveAsync(there, again);

        var expected = await StoreReading.AllAsync(Store);
        Assert.Equal(expected, await StoreReading.AllAsync(there));
        Assert.Equal(expected, await StoreReading.AllAsync(again));
        Assert.Equal(10, report.Copied);
        Assert.Equal(report with { Runs = returned.Runs }, returned);
        Assert.Single(await again.ListDeadLettersAsync(null, 10, None));
        foreach (var store in (IStore[])[Store, there, again])
            Assert.Empty((await store.CheckAsync(None)).Problems);

        await Store.ReopenAsync(None);
        await there.ReopenAsync(None);
        await source.FinishAsync();
        await new FullStore(there, file.Time).FinishAsync();
        await new FullStore(again, back.Time).FinishAsync();
        var results = await StoreReading.ResultsAsync(Store);
        Assert.Equal(results, await StoreReading.ResultsAsync(there));
        Assert.Equal(results, await StoreReading.ResultsAsync(again));
        foreach (var store in (IStore[])[there, again])
            Assert.Empty((await store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task What_is_half_written_is_seen_by_nobody_and_can_be_dropped()
    {
        await using var file = new SqliteFixture();
        var parts = await WidePartsAsync(file);
        using var draft = new RunDraft("wide");
        foreach (var part in parts.SkipLast(1))
            await WriteAsync(draft, part);
        Time.Advance(TimeSpan.FromDays(1));
        await Store.RegisterInstanceAsync(Instance("worker", Worker), Lease, None);

        Assert.True(parts.Count > 2);
        Assert.Null(await Store.FindRunAsync("wide", None));
        Assert.Empty(await Store.ListRunsAsync(null, null, 10, None));
        Assert.Empty(await Store.ListBacklogAsync(None));
        Assert.Empty(await ClaimAsync());
        Assert.Empty(await ClaimAsync(of: new("gpu", "other")));
        Assert.Empty(await Store.ListStepsAsync("wide", -1, 10, None));
        Assert.Empty(await Store.ListEventsAsync("wide", 0, 10, None));
        var check = await Store.CheckAsync(None);
        Assert.Empty(check.Problems);
        Assert.Contains(StoreCheck.HalfCopied, check.Facts.Keys);

        await Store.DropDraftsAsync(None);
        await Store.SettleAsync(None);
        Assert.DoesNotContain(StoreCheck.HalfCopied, (await Store.CheckAsync(None)).Facts.Keys);
        await Assert.ThrowsAsync<ConflictException>(() => WriteAsync(draft, parts[^1]));
        Assert.Null(await Store.FindRunAsync("wide", None));
    }

    /// <summary>However wide a run is, neither side has more than a part of it in memory.</summary>
    [Fact]
    public async Task A_wide_run_comes_in_parts_that_are_bounded()
    {
        var members = Storms.Long ? 100_000 : 1_000;
        await using var file = new SqliteFixture();
        var source = await file.OpenAsync();
        await new FullStore(source, file.Time).FillAsync(members);

        var (started, before) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
        var report = await MoveAsync(source, Store);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{report.Steps} steps in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, {(GC.GetTotalAllocatedBytes() - before) / 1048576} MB allocated on the way, {GC.GetTotalMemory(true) / 1048576} MB in use");

        Assert.Equal(members + 2, (await RunAsync("wide")).Steps);
        foreach (var store in (IStore[])[source, Store])
        {
            var count = 0;
            await foreach (var part in store.ReadImageAsync("wide", None))
            {
                Assert.InRange(part.Steps.Count, 0, ImagePart.MostSteps);
                Assert.InRange(part.Events.Count, 0, ImagePart.MostEvents + 64);
                Assert.InRange(part.Contents.Sum(content => content.Body.Length), 0, ImagePart.MostBytes + 100_000);
                count++;
            }

            Assert.True(count >= members / ImagePart.MostSteps);
        }
    }

    [Fact]
    public async Task Of_two_that_write_a_run_the_later_wins_and_a_run_that_is_there_stays()
    {
        await using var file = new SqliteFixture();
        var parts = await WidePartsAsync(file);
        using var first = new RunDraft("wide");
        using var second = new RunDraft("wide");
        await WriteAsync(first, parts[0]);
        foreach (var part in parts)
            await WriteAsync(second, part);

        await Assert.ThrowsAsync<ConflictException>(() => WriteAsync(first, parts[1]));
        using var third = new RunDraft("wide");
        await Assert.ThrowsAsync<ConflictException>(() => WriteAsync(third, parts[0]));
        Assert.Equal(Members + 2, (await RunAsync("wide")).Steps);
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task Runs_that_were_moved_count_for_their_tenants_quota_until_they_end()
    {
        await using var file = new SqliteFixture();
        var source = await file.OpenAsync();
        await source.SubmitAsync(Run("moved", Step("a")) with { Tenant = "team" }, None);
        await source.SubmitAsync(Run("told", Step("a")) with { Tenant = "team", Workflow = RunSubmission.Uncounted }, None);
        await MoveAsync(source, Store);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => MoreAsync());
        Assert.Equal(["a"], await DrainAsync("moved"));
        Assert.Equal(SubmitOutcome.Created, await MoreAsync());
        Assert.Empty((await Store.CheckAsync(None)).Problems);

        Task<SubmitOutcome> MoreAsync() => Store.SubmitAsync(Run("more", Step("a")) with { Tenant = "team", TenantMaxQueued = 1 }, None);
    }

    [Fact]
    public async Task Figures_are_taken_once()
    {
        await SubmitAsync("own", Step("a"));
        var own = (await Store.ListHourlyAsync(DateTimeOffset.UnixEpoch, Time.GetUtcNow().AddDays(1), None)).Single(row => row.Agent.Length == 0);
        HourlyFigures[] first = [own with { Arrived = 5 }, own with { Arrived = 7, Hour = own.Hour.AddHours(1) }];

        await Store.TakeHourlyAsync("there", first, None);
        await Store.TakeHourlyAsync("there", [.. first, own with { Arrived = 9, Hour = own.Hour.AddHours(2) }], None);
        await Store.TakeHourlyAsync("elsewhere", first[..1], None);

        var rows = await Store.ListHourlyAsync(DateTimeOffset.UnixEpoch, Time.GetUtcNow().AddDays(1), None);
        Assert.Equal([11, 7, 9], rows.Where(row => row.Agent.Length == 0).Select(row => row.Arrived));
    }

    [Fact]
    public async Task A_repeated_move_passes_over_what_is_there_and_refuses_what_is_another()
    {
        await using var file = new SqliteFixture();
        var source = await file.OpenAsync();
        await source.SubmitAsync(Run("a", Step("x")), None);
        await source.SubmitAsync(Run("b", Step("x"), Step("y")), None);
        await SubmitAsync("own", Step("z"));
        await MoveAsync(source, Store);
        await ClaimAsync(run: "a");
        await CompleteAsync("x");

        var again = await MoveAsync(source, Store);
        Assert.Equal((0, 2), (again.Copied, again.There));
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("a")).Status);

        await source.ReopenAsync(None);
        await source.SubmitAsync(Run("c", Step("x")), None);
        await source.CancelAsync("b", None);
        var refused = await Assert.ThrowsAsync<ConflictException>(() => MoveAsync(source, Store));
        Assert.Contains(": b.", refused.Message, StringComparison.Ordinal);
        Assert.Null(await Store.FindRunAsync("c", None));
        Assert.Null(await source.FindClosingAsync(None));
        var plan = await new StoreMove(source, Store, _ => true).LookAsync(None);
        Assert.Equal((1, "b", 3), (plan.There, string.Join(',', plan.Clashes), (int)plan.Runs.Values.Sum()));
    }

    [Fact]
    public async Task What_was_logged_comes_along_once()
    {
        await using var file = new SqliteFixture();
        var source = await file.OpenAsync();
        await source.SubmitAsync(Run("a", Step("x")), None);
        await source.SubmitAsync(Run("silent", Step("x")), None);
        for (var batch = 1; batch <= 3; batch++)
            await source.AppendLogAsync(new("worker", batch, [.. Enumerable.Range(0, 90).Select(line => new LogEntry("a", Encoding.UTF8.GetBytes($"{batch}.{line}")))]), None);

        Assert.Equal(270, (await MoveAsync(source, Store)).LogLines);
        var copied = await Store.ListLogAsync("a", 0, 1000, None);
        Assert.Equal((await source.ListLogAsync("a", 0, 1000, None)).Select(line => Encoding.UTF8.GetString(line.Body.Span)), copied.Select(line => Encoding.UTF8.GetString(line.Body.Span)));

        Assert.Equal(0, (await MoveAsync(source, Store)).LogLines);
        Assert.Equal(270, (await Store.ListLogAsync("a", 0, 1000, None)).Count);
        Assert.Empty(await Store.ListLogAsync("silent", 0, 1000, None));
    }

    [Fact]
    public async Task A_store_in_use_is_not_closed_unless_it_is_forced()
    {
        await using var file = new SqliteFixture();
        var target = await file.OpenAsync();
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        var move = new StoreMove(Store, target, _ => true);

        Assert.Contains("worker", (await Assert.ThrowsAsync<ConflictException>(() => move.ExecuteAsync(false, _ => { }, None))).Message, StringComparison.Ordinal);
        Assert.Null(await Store.FindClosingAsync(None));
        await move.ExecuteAsync(true, _ => { }, None);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => CompleteAsync("a"));
        var step = (await target.FindStepAsync("r", "a", None))!;
        Assert.Equal((StepStatus.Ready, 1L, 0), (step.Status, step.Epoch, step.Deaths));
        Assert.Contains("one store", (await Assert.ThrowsAsync<ConflictException>(() => new StoreMove(target, target, _ => true).ExecuteAsync(true, _ => { }, None))).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_move_that_dies_anywhere_can_be_repeated()
    {
        await using var file = new SqliteFixture();
        var source = await file.OpenAsync();
        await new FullStore(source, file.Time).FillAsync(12);
        var expected = (List<string>?)null;
        var deaths = 0;
        for (var write = 1; ; write += 1 + write / 3)
        {
            await source.ReopenAsync(None);
            await using var fixture = new TFixture();
            fixture.Time.SetUtcNow(file.Time.GetUtcNow());
            var target = await fixture.OpenAsync();
            await fixture.KillAtWriteAsync(write);
            var died = await Record.ExceptionAsync(() => MoveAsync(source, target)) is not null;
            await fixture.BuryAsync();
            target = await fixture.OpenAsync();
            if (died)
                await MoveAsync(source, target);
            Assert.Equal(expected ??= await StoreReading.AllAsync(source), await StoreReading.AllAsync(target));
            Assert.Empty((await target.CheckAsync(None)).Problems);
            Assert.DoesNotContain(StoreCheck.HalfCopied, (await target.CheckAsync(None)).Facts.Keys);
            if (!died)
                break;
            deaths++;
        }

        Assert.True(deaths > 5);
    }

    private static Task<MoveReport> MoveAsync(IStore from, IStore to) => new StoreMove(from, to, _ => false).ExecuteAsync(false, _ => { }, None);

    private async Task WriteAsync(RunDraft draft, ImagePart part)
    {
        draft.Add(part);
        await Store.WriteImageAsync(draft, part, None);
    }

    private static async Task<List<ImagePart>> WidePartsAsync(SqliteFixture file)
    {
        var source = await file.OpenAsync();
        await new FullStore(source, file.Time).FillAsync(Members);
        foreach (var instance in await source.ListInstancesAsync(None))
            await source.EndInstanceAsync(instance.Incarnation, InstanceEnd.Stopped, None);
        await source.SettleAsync(None);
        var parts = new List<ImagePart>();
        await foreach (var part in source.ReadImageAsync("wide", None))
            parts.Add(part);
        return parts;
    }
}
