using Microsoft.Extensions.Time.Testing;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Tests.Models;
using Ripieno.Workers;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>
/// One instance, started again and again under its id until it is told to end; each life is a process of its own to the store, on a clock of its own
/// that stands still now and then, as for a frozen process.
/// </summary>
internal sealed class StormLives(string id, StormKind kind, WorkerScene scene, StormFaults faults, StormDice dice, StormLog log, FakeProvider provider)
{
    /// <summary>Calls that the endpoint takes from all instances together.</summary>
    public const int Limit = 3;

    private static readonly Endpoint Endpoint = ModelScene.Endpoint(concurrency: 3, limit: Limit);

    private readonly LeaseOptions _lease = new()
    {
        // Short, so that silence costs leases; or longer than any storm.
        Duration = kind.LosesLeases ? TimeSpan.FromSeconds(20) : TimeSpan.FromHours(100),
        Heartbeat = TimeSpan.FromSeconds(5),
    };

    private volatile FakeTimeProvider? _clock;
    private DateTimeOffset _frozenUntil;
    private int _ticks;

    private FakeTimeProvider Time => scene.Time;

    public int Count { get; private set; }

    public int Freezes { get; private set; }

    /// <summary>Moves this instance's clock along, unless it is frozen.</summary>
    public void Advance(TimeSpan pace, bool mayFreeze)
    {
        if (Time.GetUtcNow() < _frozenUntil)
            return;
        _clock?.Advance(pace);
        if (mayFreeze && kind.LosesLeases && dice.Share($"{id} freeze {_ticks++}") < 0.003)
        {
            Freezes++;
            _frozenUntil = Time.GetUtcNow() + dice.Between(10, 50, $"{id} frozen {Freezes}");
        }
    }

    public async Task LiveAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var life = $"{id} {Count++}";
            await LiveOnceAsync(life, kind.ShortLives ? dice.Between(15, 60, life) : Timeout.InfiniteTimeSpan, end);
        }
    }

    private async Task LiveOnceAsync(string life, TimeSpan length, CancellationToken end)
    {
        // Every other storm on a store that hands out what follows.
        var store = faults.Store(life, dice.Seed / 2 % 2 == 0 ? _lease.Duration : null);
        var clock = _clock = new FakeTimeProvider(Time.GetUtcNow());
        var instance = ThisInstance.Describe(id, 3, Time);
        using var models = new ModelPath(
            [Endpoint], new Dictionary<string, IModelProvider>(StringComparer.Ordinal) { [provider.Kind] = provider }, store, instance.Incarnation, clock);
        var options = scene.Options(slots: 3) with { Lease = _lease, AfterSilence = models.AbortLapsedAsync };
        await using (var worker = new Worker(store, instance, options, [new StormExecutor(dice, log, models, clock)], clock))
        {
            await StartAsync(worker);
            await PauseAsync(length, end);
            await worker.StopAsync(dice.Below(2, life + " grace") == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(5), CancellationToken.None);
        }

        // Its end may not have reached the store. A neighbour sees that the process is gone; here all are one process, so the test says it.
        store.Vanish();
        await scene.Store.EndInstanceAsync(instance.Incarnation, InstanceEnd.Died, CancellationToken.None);
    }

    private async Task StartAsync(Worker worker)
    {
        while (true)
        {
            try
            {
                await worker.StartAsync(CancellationToken.None);
                return;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Time);
            }
        }
    }

    private async Task PauseAsync(TimeSpan length, CancellationToken end)
    {
        try
        {
            await Task.Delay(length, Time, end);
        }
        catch (OperationCanceledException)
        {
            // The last life.
        }
    }
}
