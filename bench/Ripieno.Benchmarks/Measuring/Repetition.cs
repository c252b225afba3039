using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>One repetition of a benchmark: how large it shall be, where its data goes, and what it found.</summary>
/// <param name="settings">The session's settings.</param>
/// <param name="number">From 1; 0 = the warm-up.</param>
/// <param name="folder">For its data; emptied by the session.</param>
/// <param name="cancellation">The user has had enough.</param>
internal sealed class Repetition(BenchmarkSettings settings, int number, string folder, CancellationToken cancellation)
{
    /// <summary>Share of the full size that the warm-up gets: enough for the compiler's second tier.</summary>
    private const double WarmUpScale = 0.15;

    private readonly double _scale = settings.Scale * (number == 0 ? WarmUpScale : 1);
    private int _stores;

    public BenchmarkSettings Settings => settings;

    public CancellationToken Cancellation => cancellation;

    public bool IsWarmUp => number == 0;

    /// <summary>Figures in the order in which they were found.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>True in every other repetition: then the yardstick goes second, so that a machine that slows down favours neither.</summary>
    public bool OursFirst => number % 2 == 0;

    /// <summary>The full size of a benchmark, scaled.</summary>
    public int Size(int full, int least = 1) => Math.Max(least, (int)Math.Round(full * _scale));

    /// <summary>The full length of a timed part, scaled.</summary>
    public TimeSpan Length(TimeSpan full) => full * _scale;

    public void Record(string figure, string unit, double value) => Findings.Add(new(figure, unit, value));

    public void Record(string figure, Latencies latencies)
    {
        Record($"{figure} p50", "ms", latencies.At(0.50));
        Record($"{figure} p99", "ms", latencies.At(0.99));
    }

    /// <summary>A new, empty store of the kind asked for.</summary>
    public Task<BenchStore> OpenStoreAsync() => BenchStore.OpenAsync(settings.Store, NewFolder(), cancellation);

    /// <summary>An empty folder on the disk that is measured.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(folder, $"{Interlocked.Increment(ref _stores)}")).FullName;

    /// <summary>Both sides of a comparison, in the order that is this repetition's turn.</summary>
    public async Task<(T Bare, T Ours)> CompareAsync<T>(Func<Task<T>> bare, Func<Task<T>> ours)
    {
        if (!OursFirst)
            return (await bare(), await ours());
        var first = await ours();
        return (await bare(), first);
    }
}

/// <summary>A value that one repetition found.</summary>
internal readonly record struct Finding(string Figure, string Unit, double Value);
