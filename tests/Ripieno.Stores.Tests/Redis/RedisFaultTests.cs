using System.Collections.Concurrent;
using System.Text;
using Ripieno.Errors;
using Ripieno.Redis;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>What a server can do to its store. Each test says how often its fault was there, and fails when it never was.</summary>
public sealed class RedisFaultTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly StepClass Work = new("default", "work");

    [Fact]
    public async Task When_no_more_kinds_of_steps_can_be_told_apart_new_ones_are_refused_and_nothing_is_mixed_up()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server);
        await store.SubmitAsync(Samples.Run("known"), None);
        await server.CallAsync("HSET", "{ripieno:0}:store", "class", "65535");
        var pinned = Samples.Run("pinned");

        var refusal = await Assert.ThrowsAsync<ConflictException>(
            () => store.SubmitAsync(pinned with { Steps = [.. pinned.Steps.Select(step => step with { Class = step.Class.PinnedTo("host-7") })] }, None));
        await store.SubmitAsync(Samples.Run("again"), None);

        Assert.Contains("65,535 kinds of steps", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await store.FindRunAsync("pinned", None));
        Assert.Equal(2, Assert.Single(await store.ListBacklogAsync(None)).Ready);
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task What_was_acknowledged_survives_kills_of_the_server()
    {
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        await using var store = await OpenAsync(server);
        var (submitted, completed) = (new ConcurrentBag<string>(), new ConcurrentDictionary<StepLease, string>());
        using var end = new CancellationTokenSource();
        var errors = 0;
        var workers = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            var incarnation = await RegisterAsync(store, $"w{i}", () => Interlocked.Increment(ref errors));
            for (var n = 0; !end.IsCancellationRequested; n++)
            {
                var run = $"r{i}-{n}";
                await UntilKnownAsync(() => store.SubmitAsync(Samples.Run(run, 3), None), () => Interlocked.Increment(ref errors));
                submitted.Add(run);
                foreach (var step in await UntilKnownAsync(() => ClaimAsync(store, incarnation, 3), () => Interlocked.Increment(ref errors)))
                {
                    var result = $"\"{step.Lease}\"";
                    await UntilKnownAsync(() => store.CompleteAsync(step.Lease, new() { Result = Encoding.UTF8.GetBytes(result) }, None), () => Interlocked.Increment(ref errors));
                    completed[step.Lease] = result;
                }
            }
        })).ToList();

        const int Kills = 5;
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = completed.Count;
            await WaitAsync(() => completed.Count > before + 30, workers);
            await server.KillAsync();
            await server.RestartAsync();
        }

        await end.CancelAsync();
        await Task.WhenAll(workers);
        await store.SettleAsync(None);

        Say($"{Kills} kills, {errors} errors told to callers, {submitted.Count} runs and {completed.Count} results acknowledged");
        foreach (var run in submitted)
            Assert.NotNull(await store.FindRunAsync(run, None));
        foreach (var (lease, result) in completed)
            Assert.Equal(result, Encoding.UTF8.GetString((await store.FindResultAsync(lease.RunId, lease.StepIndex, None))!.Value.Span));
        await AssertNothingTwiceAsync(store);
    }

    [Fact]
    [Trait("Promise", "I3")]
    public async Task A_server_that_freezes_and_thaws_does_nothing_twice()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server);
        var incarnation = await RegisterAsync(store, "worker");
        await store.SubmitAsync(Samples.Run("held", 100), None);
        var held = await ClaimAsync(store, incarnation, 100);
        Assert.Equal(100, held.Count);

        await server.FreezeAsync();
        // A report of each step that is held, and as many submissions.
        List<Func<Task>> operations =
        [
            .. held.Select(step => (Func<Task>)(() => store.CompleteAsync(step.Lease, new() { Result = "1"u8.ToArray() }, None))),
            .. Enumerable.Range(0, 100).Select(i => (Func<Task>)(() => store.SubmitAsync(Samples.Run("r" + i), None))),
        ];
        var asked = operations.Select(operation => Task.Run(operation)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, None);
        var waiting = asked.Count(task => !task.IsCompletedSuccessfully);
        server.Thaw();
        await Task.WhenAny(Task.WhenAll(asked));

        var failed = asked.Where(task => task.Exception is not null).Select(task => task.Exception!.InnerException!).ToList();
        Say($"{waiting} operations were under way while the server was frozen, {failed.Count} were told of it");
        Assert.Equal(200, waiting);
        Assert.All(failed, exception => Assert.True(exception is StoreUnavailableException or OutcomeUnknownException, exception.ToString()));
        // Whoever was told repeats, as its contract says.
        foreach (var operation in operations)
            await operation();
        Assert.Equal(RunStatus.Succeeded, (await store.FindRunAsync("held", None))!.Status);
        Assert.Equal(101, (await store.ListRunsAsync(null, null, 1000, None)).Count);
        await AssertNothingTwiceAsync(store);
    }

    public static TheoryData<string> Operations => [.. Every.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task A_store_that_was_emptied_under_its_users_is_noticed_by_the_next_operation(string operation)
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server);
        var incarnation = await RegisterAsync(store, "worker");
        await store.SubmitAsync(Samples.Run("r", 2), None);
        var lease = (await ClaimAsync(store, incarnation, 1)).Single().Lease;

        await server.CallAsync("FLUSHALL");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Every[operation](store, incarnation, lease));
        Say(refused.Message);
        Assert.Matches("empt|replaced", refused.Message);
        Assert.Equal(0L, await server.CallAsync("DBSIZE"));
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task An_older_copy_of_the_store_is_not_taken_for_the_store()
    {
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        await using var store = await OpenAsync(server);
        await store.SubmitAsync(Samples.Run("before"), None);
        var copy = server.Copy();
        await store.SubmitAsync(Samples.Run("after"), None);

        await server.RestartAsync(copy);
        var keys = await server.CallAsync("DBSIZE");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SubmitAsync(Samples.Run("later"), None));
        Say(refused.Message);
        Assert.Contains("older", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => RegisterAsync(store, "worker"));
        Assert.Equal(keys, await server.CallAsync("DBSIZE"));
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task When_memory_is_short_new_work_is_refused_and_work_in_hand_is_finished()
    {
        await using var server = await RedisServer.StartAsync(new() { Arguments = ["--maxmemory", "20mb", "--maxmemory-policy", "noeviction"] });
        await using var store = await OpenAsync(server);
        var incarnation = await RegisterAsync(store, "worker");
        await store.SubmitAsync(Samples.Run("held", 30), None);
        var held = await ClaimAsync(store, incarnation, 30);

        var (accepted, refused) = (0, 0);
        StoreUnavailableException? refusal = null;
        // Nothing that could be packed.
        var input = new byte[30_000];
        while (refused < 20 && accepted < 2000)
        {
            Random.Shared.NextBytes(input);
            try
            {
                await store.SubmitAsync(Samples.Run($"r{accepted}") with { Input = Encoding.ASCII.GetBytes($"\"{Convert.ToHexString(input)}\"") }, None);
                accepted++;
            }
            catch (StoreUnavailableException exception)
            {
                (refusal, refused) = (exception, refused + 1);
            }
        }

        var used = await UsedAsync(server);
        Say($"{accepted} accepted, {refused} refused at {used:P0} of the memory: {refusal?.Message}");
        Assert.True(refused > 0, "Nothing was refused.");
        Assert.Contains("memory", refusal!.Message, StringComparison.Ordinal);
        Assert.InRange(used, 0.75, 1.0);

        Assert.Empty((await store.RenewAsync(incarnation, [.. held.Select(step => step.Lease)], Lease, None)).Lost);
        foreach (var (i, step) in held.Index())
        {
            Assert.Equal(ReportOutcome.Recorded, await (i % 3 == 0
                ? store.ReleaseAsync(step.Lease, None)
                : store.CompleteAsync(step.Lease, new() { Result = "\"done\""u8.ToArray() }, None)));
        }

        Assert.Equal(accepted + 1, (await store.ListRunsAsync(null, null, 10_000, None)).Count);
        Assert.Empty((await store.CheckAsync(None)).Problems);
        await store.CancelAsync("r0", None);
        Assert.Equal(1, await store.DeleteRunsAsync(["r0"], None));
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task When_the_disk_is_full_nothing_is_accepted_until_there_is_room_again()
    {
        await using var server = await RedisServer.StartAsync(new() { Disk = "24m" });
        await using var store = await OpenAsync(server);
        var incarnation = await RegisterAsync(store, "worker");
        await store.SubmitAsync(Samples.Run("held", 3), None);
        var held = await ClaimAsync(store, incarnation, 3);
        var ballast = server.FillDisk();

        var accepted = 0;
        StoreUnavailableException? refusal = null;
        for (; refusal is null && accepted < 2000; accepted += refusal is null ? 1 : 0)
            refusal = await Record.ExceptionAsync(() => store.SubmitAsync(Samples.Run($"r{accepted}"), None)) as StoreUnavailableException;

        Say($"{accepted} accepted, then: {refusal?.Message}");
        Assert.Contains("cannot write to its disk", refusal!.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CompleteAsync(held[0].Lease, new(), None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.RenewAsync(incarnation, [held[0].Lease], Lease, None));
        Assert.Equal(accepted + 1, (await store.ListRunsAsync(null, null, 10_000, None)).Count);
        Assert.Empty((await store.CheckAsync(None)).Problems);

        File.Delete(ballast);
        var told = 0;
        foreach (var step in held)
            Assert.Equal(ReportOutcome.Recorded, await UntilKnownAsync(() => store.CompleteAsync(step.Lease, new(), None), () => told++));
        Say($"{told} refusals until the server had found that there was room");
        Assert.Equal(SubmitOutcome.Created, await store.SubmitAsync(Samples.Run($"r{accepted}"), None));
        Assert.Equal(RunStatus.Succeeded, (await store.FindRunAsync("held", None))!.Status);
        await AssertNothingTwiceAsync(store);
    }

    [Fact]
    public async Task Scripts_that_are_forgotten_all_the_time_cost_nothing_but_time()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server);
        for (var i = 0; i < 40; i++)
            await store.SubmitAsync(Samples.Run("r" + i, 20), None);

        var executed = 0;
        var workers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var incarnation = await RegisterAsync(store, $"w{i}");
            while (await ClaimAsync(store, incarnation, 5) is { Count: > 0 } steps)
            {
                foreach (var step in steps)
                    Assert.Equal(ReportOutcome.Recorded, await store.CompleteAsync(step.Lease, new(), None));
                Interlocked.Add(ref executed, steps.Count);
            }
        })).ToList();
        var flushes = 0;
        for (var all = Task.WhenAll(workers); !all.IsCompleted; flushes++)
            await server.CallAsync("SCRIPT", "FLUSH");
        await Task.WhenAll(workers);

        Say($"{flushes} times forgotten, {executed} steps");
        Assert.True(flushes > 0, "Nothing was ever forgotten.");
        Assert.Equal(800, executed);
        Assert.Equal(40, (await store.ListRunsAsync(RunStatus.Succeeded, null, 1000, None)).Count);
        await AssertNothingTwiceAsync(store);
    }

    /// <summary>All that a store can be asked for, but for hints and for what it does on its own.</summary>
    private static readonly Dictionary<string, Func<IStore, Guid, StepLease, Task>> Every = new(StringComparer.Ordinal)
    {
        ["submit"] = (store, _, _) => store.SubmitAsync(Samples.Run("new"), None),
        ["cancel"] = (store, _, _) => store.CancelAsync("r", None),
        ["retry"] = (store, _, _) => store.RetryAsync("r", [], None),
        ["delete"] = (store, _, _) => store.DeleteRunsAsync(["r"], None),
        ["claim"] = (store, incarnation, _) => ClaimAsync(store, incarnation, 1),
        ["complete"] = (store, _, lease) => store.CompleteAsync(lease, new(), None),
        ["fail"] = (store, _, lease) => store.FailAsync(lease, new("broke", null, default), None),
        ["park"] = (store, _, lease) => store.ParkAsync(lease, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), "away", None),
        ["release"] = (store, _, lease) => store.ReleaseAsync(lease, None),
        ["register"] = (store, _, _) => RegisterAsync(store, "second"),
        ["renew"] = (store, incarnation, lease) => store.RenewAsync(incarnation, [lease], Lease, None),
        ["end"] = (store, incarnation, _) => store.EndInstanceAsync(incarnation, InstanceEnd.Stopped, None),
        ["list instances"] = (store, _, _) => store.ListInstancesAsync(None),
        ["acquire"] = (store, incarnation, _) => store.AcquirePermitAsync(new("limit", 1, 1, incarnation, Guid.NewGuid(), Lease), None),
        ["give back"] = (store, _, _) => store.ReleasePermitAsync(new("limit", Guid.NewGuid()), null, None),
        ["check"] = (store, _, _) => store.CheckAsync(None),
        ["find run"] = (store, _, _) => store.FindRunAsync("r", None),
        ["list runs"] = (store, _, _) => store.ListRunsAsync(null, null, 10, None),
        ["list finished"] = (store, _, _) => store.ListFinishedAsync(RunStatus.Succeeded, DateTimeOffset.MaxValue, 10, None),
        ["list dead letters"] = (store, _, _) => store.ListDeadLettersAsync(null, 10, None),
        ["list hourly"] = (store, _, _) => store.ListHourlyAsync(default, DateTimeOffset.MaxValue, None),
        ["find overview"] = (store, _, _) => store.FindOverviewAsync("r", None),
        ["list steps"] = (store, _, _) => store.ListStepsAsync("r", -1, 10, None),
        ["find step"] = (store, _, _) => store.FindStepAsync("r", "s0", None),
        ["list dependencies"] = (store, _, _) => store.ListDependenciesAsync("r", 0, None),
        ["find result"] = (store, _, _) => store.FindResultAsync("r", 0, None),
        ["find content"] = (store, _, _) => store.FindContentAsync("r", ContentHash.Of("x"u8), None),
        ["find snapshot"] = (store, _, _) => store.FindSnapshotAsync(ContentHash.Of("x"u8), None),
        ["list artifacts"] = (store, _, _) => store.ListArtifactsAsync("r", null, None),
        ["list events"] = (store, _, _) => store.ListEventsAsync("r", 0, 10, None),
    };

    private static Task<RedisStore> OpenAsync(RedisServer server) => RedisStore.OpenAsync(new() { Endpoints = [server.Endpoint] }, TimeProvider.System, None);

    private static Task<IReadOnlyList<ClaimedStep>> ClaimAsync(IStore store, Guid incarnation, int count) =>
        store.ClaimAsync(new() { Incarnation = incarnation, Classes = [new(Work, count)], Count = count, Lease = Lease }, None);

    private static async Task<Guid> RegisterAsync(IStore store, string id, Action? told = null)
    {
        var instance = Samples.Instance(id);
        async Task<bool> OnceAsync()
        {
            await store.RegisterInstanceAsync(instance, Lease, None);
            return true;
        }

        await (told is null ? OnceAsync() : UntilKnownAsync(OnceAsync, told));
        return instance.Incarnation;
    }

    /// <summary>Repeats what was refused for now and what may have happened: both are the caller's to repeat.</summary>
    private static async Task<T> UntilKnownAsync<T>(Func<Task<T>> operation, Action told)
    {
        while (true)
        {
            try
            {
                return await operation();
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                told();
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, None);
            }
        }
    }

    /// <summary>No step was executed twice, recorded twice or told twice, and the store agrees with itself.</summary>
    private static async Task AssertNothingTwiceAsync(RedisStore store)
    {
        foreach (var run in await store.ListRunsAsync(null, null, 100_000, None))
        {
            Assert.All(await store.ListStepsAsync(run.Id, -1, 1000, None), step => Assert.True(step.Epoch <= 1, $"{run.Id}/{step.Key} was handed out {step.Epoch} times."));
            var events = await store.ListEventsAsync(run.Id, 0, 10_000, None);
            Assert.Equal(events.Count, events.Select(one => (one.Kind, one.StepKey)).Distinct().Count());
        }

        Assert.Empty((await store.CheckAsync(None)).Problems);
    }

    private static async Task WaitAsync(Func<bool> until, List<Task> workers)
    {
        while (!until())
        {
            if (workers.Find(worker => worker.IsFaulted) is { } faulted)
                await faulted;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, None);
        }
    }

    private static async Task<double> UsedAsync(RedisServer server) =>
        (double)await server.FigureAsync("memory", "used_memory") / await server.FigureAsync("memory", "maxmemory");

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
