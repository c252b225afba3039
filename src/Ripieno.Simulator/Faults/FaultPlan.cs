using System.Collections.Concurrent;
using System.Globalization;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>Decides which calls go wrong: first those that a test asked for, in order, then at random by seed and call number.</summary>
internal sealed class FaultPlan(SimulatorOptions options)
{
    private readonly ConcurrentQueue<Fault?> _next = [];

    /// <summary>The next calls get these; null lets a call pass.</summary>
    public void Add(int calls, Fault? fault)
    {
        for (var call = 0; call < calls; call++)
            _next.Enqueue(fault);
    }

    public Fault? For(long number)
    {
        if (_next.TryDequeue(out var asked))
            return asked;
        if (options.Faults.IsEmpty)
            return null;
        var chance = new SeededRandom(options.Seed, "fault", number.ToString(CultureInfo.InvariantCulture)).Fraction();
        foreach (var (fault, rate) in options.Faults)
        {
            if (chance < rate)
                return fault;
            chance -= rate;
        }

        return null;
    }
}
