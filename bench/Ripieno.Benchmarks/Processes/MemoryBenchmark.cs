using System.Globalization;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Processes;

/// <summary>
/// What an instance costs in memory: idle, and with 2,000 slow model calls in flight over real connections to a server in another process, in the middle of their
/// answers. Resident memory is what the machine must have; the managed part says how much of it is data of ours. Compared with nothing: the figures are for planning.
/// </summary>
internal sealed class MemoryBenchmark : Benchmark
{
    private const int Calls = 2000;
    private const int IdleSlots = 8;

    /// <summary>The garbage collector and the runtime come to rest within it.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    /// <summary>Of an answer: the first token comes after a third of it, so that calls are writing at the time of the look, and none is done yet.</summary>
    private static readonly TimeSpan Latency = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan Writing = TimeSpan.FromSeconds(18);

    public override string Name => "memory";

    public override string Summary => "resident and managed memory of an instance, idle and with 2,000 slow model calls in flight";

    public override async Task RepeatAsync(Repetition repetition)
    {
        // Each repetition has fresh processes: nothing gets warmer.
        if (repetition.IsWarmUp)
            return;
        await IdleAsync(repetition);
        await CallingAsync(repetition, repetition.Size(Calls));
    }

    private static async Task IdleAsync(Repetition repetition)
    {
        await using var place = await repetition.NewPlaceAsync();
        await using var instance = await ChildProcess.StartAsync(InstanceRole.Arguments(place, IdleSlots, null), repetition.Cancellation);
        await Task.Delay(Rest, repetition.Cancellation);
        await RecordAsync(repetition, "idle", instance);
    }

    private static async Task CallingAsync(Repetition repetition, int calls)
    {
        await using var place = await repetition.NewPlaceAsync();
        await using var simulator = await ChildProcess.StartAsync(SimulatorRole.Arguments(calls, Latency), repetition.Cancellation);
        var server = await simulator.AskAsync(SimulatorRole.Where, repetition.Cancellation);
        await SubmitAsync(repetition, place, calls);
        await using var instance = await ChildProcess.StartAsync(InstanceRole.Arguments(place, calls, server), repetition.Cancellation);
        await ReachedAsync(simulator, calls, repetition.Cancellation);
        await Task.Delay(Writing, repetition.Cancellation);
        await ReachedAsync(simulator, calls, repetition.Cancellation);
        await RecordAsync(repetition, "2,000 calls", instance);
    }

    /// <summary>From a store of this process that is closed before the instance starts: it has the store to itself.</summary>
    private static async Task SubmitAsync(Repetition repetition, StorePlace place, int calls)
    {
        await using var store = await place.OpenStoreAsync(repetition.Cancellation);
        await store.SubmitAsync(Work.Run("calls", Work.Steps(calls)), CancellationToken.None);
    }

    private static async Task ReachedAsync(ChildProcess simulator, int calls, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Latency);
        while (int.Parse(await simulator.AskAsync(SimulatorRole.InFlight, cancellation), CultureInfo.InvariantCulture) is var now && now < calls)
        {
            if (limit.IsCancellationRequested)
                throw new InvalidOperationException($"Only {now} of {calls} calls are in flight: the machine is too slow for this benchmark.");
            await Task.Delay(100, cancellation);
        }
    }

    private static async Task RecordAsync(Repetition repetition, string state, ChildProcess instance)
    {
        var managed = double.Parse(await instance.AskAsync(InstanceRole.Managed, repetition.Cancellation), CultureInfo.InvariantCulture);
        var memory = instance.Memory;
        repetition.Record($"{state}, resident", "MB", memory.Resident);
        repetition.Record($"{state}, highest resident", "MB", memory.Peak);
        repetition.Record($"{state}, managed", "MB", managed);
    }
}
