using System.Diagnostics;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>Times of many calls, in milliseconds. Added to by any thread.</summary>
internal sealed class Latencies
{
    private readonly Lock _lock = new();
    private readonly List<double> _values = [];
    private bool _sorted;

    public int Count => _values.Count;

    public double Longest => At(1);

    /// <param name="started">A <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void AddSince(long started) => Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

    public void Add(double milliseconds)
    {
        lock (_lock)
        {
            _values.Add(milliseconds);
            _sorted = false;
        }
    }

    /// <summary>The value below which this share of all lies; 0 when there are none.</summary>
    public double At(double share)
    {
        lock (_lock)
        {
            if (!_sorted)
                _values.Sort();
            _sorted = true;
            return _values.Count == 0 ? 0 : _values[Math.Min(_values.Count - 1, (int)(_values.Count * share))];
        }
    }
}
