using Ripieno.Configuration;

namespace Ripieno.Workers;

/// <summary>
/// When a worker makes room for a fresh process: after so many steps, above so much memory, or at such an age, whichever comes first. It bounds what leaks and
/// fragmentation can do, and it needs a supervisor that starts the fresh one.
/// </summary>
/// <remarks>
/// Each bound is moved by up to 10% at random, once for each instance: instances that were started together would otherwise all restart together, and
/// nobody would be working meanwhile.
/// </remarks>
internal sealed class Recycling
{
    /// <summary>Largest share by which a bound is moved, up or down.</summary>
    private const double Jitter = 0.1;

    private readonly RuntimeOptions _options;
    private readonly Func<long> _memory;
    private readonly TimeProvider _time;
    private readonly double _factor;
    private readonly long _started;

    /// <param name="options">The bounds; none of them set = never.</param>
    /// <param name="memory">Resident memory of the process now, in bytes.</param>
    /// <param name="time">Its age counts from now.</param>
    /// <param name="random">This instance's share of the jitter, uniform in [0, 1).</param>
    public Recycling(RuntimeOptions options, Func<long> memory, TimeProvider time, double random)
    {
        _options = options;
        _memory = memory;
        _time = time;
        _factor = 1 + Jitter * (2 * random - 1);
        _started = time.GetTimestamp();
    }

    /// <summary>Why the worker should make room now, as the end of a sentence; null while it should go on.</summary>
    /// <param name="steps">Executions that it has ended.</param>
    public string? Reason(long steps)
    {
        if (_options.RecycleAfterSteps is { } mostSteps && steps >= Math.Max(1, Math.Round(mostSteps * _factor)))
            return $"{steps} steps done (recycleAfterSteps {mostSteps})";
        // Only a process that has worked: one that needs more than the bound from the start would be replaced for ever and do nothing.
        if (_options.RecycleAfterMemory is { } mostMemory && steps > 0 && _memory() is var memory && memory >= mostMemory * _factor)
            return $"{memory >> 20} MB of memory in use (recycleAfterMemory {SizeText.Format(mostMemory)})";
        if (_options.RecycleAfterAge is { } mostAge && _time.GetElapsedTime(_started) is var age && age >= mostAge * _factor)
            return $"{Durations.Text(age)} old (recycleAfterAge {DurationText.Format(mostAge)})";
        return null;
    }
}
