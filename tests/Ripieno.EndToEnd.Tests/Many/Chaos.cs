using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Many;

/// <summary>
/// What happens to a fleet, minute by minute, by seed: a quarter of the instances is killed and started again, one is frozen for longer than its lease, one is told to stop and replaced. A minute of the short storm lasts less.
/// </summary>
/// <param name="fleet">To whom.</param>
/// <param name="instances">Their names.</param>
/// <param name="slots">Of each.</param>
/// <param name="frozenFor">Longer than the lease.</param>
/// <param name="seed">Of when and who.</param>
internal sealed class Chaos(Fleet fleet, IReadOnlyList<string> instances, int slots, TimeSpan frozenFor, int seed)
{
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private readonly List<Task> _under = [];

    private enum Fault
    {
        Kill,
        Freeze,
        Stop,
    }

    /// <summary>Kills of each instance.</summary>
    public ConcurrentDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    public int Frozen { get; private set; }

    public int Stopped { get; private set; }

    /// <summary>One minute's faults, at random moments of it, whatever becomes of earlier ones.</summary>
    public async Task MinuteAsync(TimeSpan length)
    {
        var killed = Enumerable.Repeat(Fault.Kill, instances.Count / 4);
        var plan = killed.Append(Fault.Freeze).Append(Fault.Stop).Select(fault => (At: length * _random.NextDouble(), Fault: fault)).OrderBy(item => item.At).ToList();
        var watch = Stopwatch.StartNew();
        foreach (var (at, fault) in plan)
        {
            await WaitAsync(at - watch.Elapsed);
            Begin(fault);
        }

        await WaitAsync(length - watch.Elapsed);
    }

    /// <summary>Waits until all are back.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_under);
        Assert.Empty(_busy);
    }

    public override string ToString() => $"{Kills.Values.Sum()} kills, {Frozen} freezes of {frozenFor.TotalSeconds:0.#} s, {Stopped} stops";

    private void Begin(Fault fault)
    {
        List<string> able;
        lock (_busy)
            able = [.. instances.Where(instance => !_busy.Contains(instance))];
        // All are down or on their way up: a machine so slow gets a milder storm, which its counts tell.
        if (able.Count == 0)
            return;
        var victim = able[_random.Next(able.Count)];
        lock (_busy)
            _busy.Add(victim);
        _under.Add(Task.Run(async () =>
        {
            await (fault switch { Fault.Kill => KillAsync(victim), Fault.Freeze => FreezeAsync(victim), _ => StopAsync(victim) });
            lock (_busy)
                _busy.Remove(victim);
        }));
    }

    private async Task KillAsync(string victim)
    {
        Kills.AddOrUpdate(victim, 1, (_, count) => count + 1);
        await fleet.KillAsync(victim);
        await fleet.StartAsync(victim, slots);
    }

    private async Task FreezeAsync(string victim)
    {
        Frozen++;
        fleet[victim].Signal("STOP");
        await WaitAsync(frozenFor);
        fleet[victim].Signal("CONT");
    }

    private async Task StopAsync(string victim)
    {
        Stopped++;
        fleet[victim].Signal("TERM");
        (await fleet.EndedAsync(victim)).Exits(0);
        await fleet.StartAsync(victim, slots);
    }

    private static Task WaitAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time) : Task.CompletedTask;

    public static string Name(int number) => $"worker-{number.ToString(CultureInfo.InvariantCulture)}";
}
