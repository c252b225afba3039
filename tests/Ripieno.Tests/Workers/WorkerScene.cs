using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Agents;
using Ripieno.Runs;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;

namespace Ripieno.Tests.Workers;

/// <summary>A store in a temporary folder and workers on it, all on a clock that only the test moves.</summary>
internal sealed class WorkerScene : IAsyncDisposable
{
    /// <summary>Looks before a condition counts as never reached. Far above any need: only a hung test gets there.</summary>
    private const int Patience = 30_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("ripieno-worker-").FullName;
    private readonly List<SqliteStore> _stores = [];
    private readonly List<(Worker Worker, FakeTimeProvider Clock)> _workers = [];

    private WorkerScene()
    {
    }

    public static readonly StepClass Work = new("default", "work");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public SqliteStore Store { get; private set; } = null!;

    public ScriptedExecutor Executor { get; } = new("work");

    public static async Task<WorkerScene> OpenAsync()
    {
        var scene = new WorkerScene();
        scene.Store = await scene.OpenStoreAsync();
        return scene;
    }

    /// <summary>The same file, opened as another process would open it.</summary>
    public async Task<SqliteStore> OpenStoreAsync()
    {
        var store = await SqliteStore.OpenAsync(Path.Combine(_folder, "ripieno.db"), Time, CancellationToken.None);
        _stores.Add(store);
        return store;
    }

    public static StepSpec Step(string key, params string[] dependsOn) => new() { Key = key, Definition = "work", Class = Work, DependsOn = [.. dependsOn] };

    public Task SubmitAsync(string run, params StepSpec[] steps) => SubmitAsync(run, new StepDefinition { Name = "work", Executor = "work" }, steps);

    /// <param name="run">Its id.</param>
    /// <param name="definition">Rules of the steps whose definition has its name; the definition <c>other</c> is there besides.</param>
    /// <param name="steps">What it begins with.</param>
    public Task SubmitAsync(string run, StepDefinition definition, params StepSpec[] steps) => SubmitAsync(Store, run, definition, [.. steps]);

    public Task SubmitAsync(IStore store, string run, ImmutableArray<StepSpec> steps) =>
        SubmitAsync(store, run, new StepDefinition { Name = "work", Executor = "work" }, steps);

    private static Task<SubmitOutcome> SubmitAsync(IStore store, string run, StepDefinition definition, ImmutableArray<StepSpec> steps) => store.SubmitAsync(
        new()
        {
            Id = run,
            Fingerprint = ContentHash.Of(default),
            Title = run,
            Workflow = "test",
            Snapshot = RunSnapshots.Write(new()
            {
                Workflow = new() { Name = "test", Steps = [definition, new() { Name = "other", Executor = "other" }] },
                Agents = [],
                MaxRevisions = 0,
            }),
            Steps = steps,
            // A scene kills instances as it likes: that must not be the steps' fault.
            MaxDeathsAlone = int.MaxValue,
        },
        CancellationToken.None);

    public WorkerOptions Options(int slots = 1) => new()
    {
        Slots = slots,
        Classes = [Work],
        // Long, so that only tests about leases see one expire.
        Lease = new() { Duration = TimeSpan.FromDays(2), Heartbeat = TimeSpan.FromSeconds(10) },
    };

    public async Task<Worker> StartAsync(
        WorkerOptions? options = null, string id = "one", IStore? store = null, FakeTimeProvider? time = null, IStepExecutor? executor = null)
    {
        options ??= Options();
        var worker = new Worker(store ?? Store, ThisInstance.Describe(id, options.Slots, Time), options, [executor ?? Executor], time ?? Time);
        _workers.Add((worker, time ?? Time));
        await worker.StartAsync(CancellationToken.None);
        return worker;
    }

    /// <summary>A worker that executes steps of these executors and classes.</summary>
    public async Task<Worker> StartAsync(WorkerOptions options, string id, IReadOnlyList<IStepExecutor> executors)
    {
        var worker = new Worker(Store, ThisInstance.Describe(id, options.Slots, Time), options, executors, Time);
        _workers.Add((worker, Time));
        await worker.StartAsync(CancellationToken.None);
        return worker;
    }

    /// <summary>Registers an instance that the test plays itself.</summary>
    public async Task<InstanceRecord> RegisterAsync(string id, TimeSpan lease, int? pid = null, long? start = null)
    {
        var instance = ThisInstance.Describe(id, 1, Time);
        instance = instance with { Pid = pid ?? instance.Pid, ProcessStart = start ?? instance.ProcessStart };
        await Store.RegisterInstanceAsync(instance, lease, CancellationToken.None);
        return instance;
    }

    public async Task<ClaimedStep?> ClaimAsync(InstanceRecord instance, TimeSpan lease, StepClass? stepClass = null) => (await Store.ClaimAsync(
        new() { Incarnation = instance.Incarnation, Classes = [new(stepClass ?? Work, 1)], Count = 1, Lease = lease }, CancellationToken.None)).SingleOrDefault();

    /// <summary>True when nobody holds a permit of the limit.</summary>
    public async Task<bool> IsFreeAsync(string limit, int capacity)
    {
        var looker = await RegisterAsync($"looker-{Guid.NewGuid()}", TimeSpan.FromHours(1));
        var free = await Store.AcquirePermitAsync(new(limit, capacity, capacity, looker.Incarnation, Guid.NewGuid(), TimeSpan.FromHours(1)), CancellationToken.None);
        await Store.EndInstanceAsync(looker.Incarnation, InstanceEnd.Stopped, CancellationToken.None);
        return free.Outcome == PermitOutcome.Given;
    }

    public async Task<StepRecord> StepAsync(string run, string key) => (await Store.FindStepAsync(run, key, CancellationToken.None))!;

    public async Task<IReadOnlyList<RunEvent>> EventsAsync(string run) => await Store.ListEventsAsync(run, 0, int.MaxValue, CancellationToken.None);

    public async Task<StepRecord> StepBecomesAsync(string run, string key, Func<StepRecord, bool> condition, TimeSpan pace = default)
    {
        StepRecord step = null!;
        await UntilAsync(async () => condition(step = await StepAsync(run, key)), pace, () => $"{key} of {run}: {step}");
        return step;
    }

    /// <summary>The same, while only the clock of one worker moves.</summary>
    public async Task<StepRecord> StepBecomesAsyncOn(FakeTimeProvider clock, string run, string key, Func<StepRecord, bool> condition)
    {
        StepRecord step = null!;
        await UntilAsync(async () => condition(step = await StepAsync(run, key)), TimeSpan.FromSeconds(1), () => $"{key} of {run}: {step}", clock);
        return step;
    }

    public async Task<RunRecord> RunEndsAsync(string run, TimeSpan pace = default)
    {
        RunRecord record = null!;
        await UntilAsync(
            async () => (record = (await Store.FindRunAsync(run, CancellationToken.None))!).Status != RunStatus.Running, pace, () => record.ToString());
        return record;
    }

    public Task UntilAsync(Func<bool> condition, TimeSpan pace = default, FakeTimeProvider? clock = null) =>
        UntilAsync(() => Task.FromResult(condition()), pace, clock: clock);

    /// <summary>Looks until the condition holds, with a real read of the store and then a step of virtual time between looks.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, TimeSpan pace = default, Func<string>? describe = null, FakeTimeProvider? clock = null)
    {
        for (var look = 0; look < Patience; look++)
        {
            if (await condition())
                return;
            await SettleAsync(1);
            if (pace > TimeSpan.Zero)
                (clock ?? Time).Advance(pace);
        }

        Assert.Fail($"The condition did not come true within {Patience} looks. {describe?.Invoke()}");
    }

    /// <summary>Gives what is under way the chance to come forward, so that "nothing happens" means something.</summary>
    public async Task SettleAsync(int looks = 50)
    {
        for (var look = 0; look < looks; look++)
        {
            await Store.FindRunAsync("", CancellationToken.None);
            // Changes nothing, but waits for its turn: virtual time must not run away from writes that were asked for before.
            await Store.ReleasePermitAsync(new("", Guid.Empty), null, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (worker, clock) in _workers)
        {
            // A worker that stops waits a moment for reports that it repeats, and that moment is virtual too.
            var stopping = worker.DisposeAsync().AsTask();
            await UntilAsync(() => stopping.IsCompleted, TimeSpan.FromMilliseconds(100), clock);
            await stopping;
        }

        foreach (var store in _stores)
            await store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
