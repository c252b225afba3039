using System.Collections.Concurrent;
using Ripieno.Agents;
using Ripieno.Runs;
using Ripieno.Sqlite;
using Ripieno.Storage;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>Heartbeats that cross reports on the way must not take a finished step for a lost one.</summary>
public sealed class RenewalRaceTests
{
    private const int Steps = 10_000, Slots = 16;

    [Fact]
    public async Task Among_10000_short_steps_heartbeats_as_fast_as_they_come_find_no_lease_lost()
    {
        await using var scene = await OpenAsync();
        var executor = new ShortSteps();
        // Leases that no amount of virtual time ends, and no time limit either.
        var options = scene.Options(Slots) with { Lease = new() { Duration = TimeSpan.FromDays(3000), Heartbeat = TimeSpan.FromMilliseconds(1) } };
        await scene.SubmitAsync(
            "run", new() { Name = "work", Executor = "work", TimeLimit = TimeSpan.FromDays(40) }, [.. Enumerable.Range(0, Steps).Select(number => Step($"s{number}"))]);
        using var end = new CancellationTokenSource();
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        await scene.StartAsync(options, store: store, executor: executor);
        var instance = Assert.Single(await scene.Store.ListInstancesAsync(default)).Incarnation;

        // Beside the worker's own heartbeats, one after each pulse: a stream without a pause.
        var stream = Task.Run(() => RenewAsync(scene.Store, instance, options.Lease.Duration, executor, end.Token));
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", TimeSpan.FromSeconds(1))).Status);
        await end.CancelAsync();
        var (renewals, crossed, lost) = await stream;

        var figures = $"{Steps} steps: {store.Calls(nameof(IStore.RenewAsync))} heartbeats of the worker and {renewals} more, {crossed} leases reported while a heartbeat named them, {lost} taken for lost, {executor.Aborted} aborted";
        TestContext.Current.SendDiagnosticMessage(figures);
        Assert.True(lost == 0 && executor.Aborted == 0 && executor.Executed == Steps, figures);
        Assert.True(store.Calls(nameof(IStore.RenewAsync)) > 100 && renewals > 100 && crossed > 100, figures);
        Assert.Equal(Steps + 2, (await scene.EventsAsync("run")).Count);
        Assert.All(await scene.Store.ListStepsAsync("run", -1, Steps, default), step => Assert.Equal((StepStatus.Succeeded, 1, 0), (step.Status, step.Epoch, step.Deaths)));
    }

    private static async Task<(int Renewals, int Crossed, int Lost)> RenewAsync(
        SqliteStore store, Guid instance, TimeSpan lease, ShortSteps executor, CancellationToken end)
    {
        var (renewals, crossed, lost) = (0, 0, 0);
        while (!end.IsCancellationRequested)
        {
            var held = executor.Recent;
            var open = await StillOpenAsync(store, held);
            var reply = await store.RenewAsync(instance, held, lease, CancellationToken.None);
            renewals++;
            lost += reply.Lost.Count;
            crossed += open.Except(await StillOpenAsync(store, open)).Count();
        }

        return (renewals, crossed, lost);
    }

    /// <summary>Those whose report is not recorded yet.</summary>
    private static async Task<List<StepLease>> StillOpenAsync(SqliteStore store, IReadOnlyList<StepLease> leases)
    {
        var open = new List<StepLease>();
        foreach (var lease in leases)
        {
            if ((await store.FindStepAsync(lease.RunId, $"s{lease.StepIndex}", CancellationToken.None))!.Status == StepStatus.Running)
                open.Add(lease);
        }

        return open;
    }

    /// <summary>Steps that end at once. Remembers the last ones begun: their reports are on the way.</summary>
    private sealed class ShortSteps : IStepExecutor
    {
        private readonly ConcurrentQueue<StepLease> _recent = [];
        private int _executed;
        private int _aborted;

        public string Name => "work";

        public int Executed => Volatile.Read(ref _executed);

        public int Aborted => Volatile.Read(ref _aborted);

        public IReadOnlyList<StepLease> Recent => [.. _recent];

        public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
        {
            await using var registration = cancellation.Register(() => Interlocked.Increment(ref _aborted));
            _recent.Enqueue(context.Step.Lease);
            if (_recent.Count > Slots)
                _recent.TryDequeue(out _);
            Interlocked.Increment(ref _executed);
            return new();
        }
    }
}
