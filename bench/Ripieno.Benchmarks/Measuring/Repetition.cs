using System.Diagnostics;
using Ripieno.Benchmarks.Peers;
using Ripieno.Benchmarks.Redis;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>One repetition of a benchmark: how large it shall be, where its data goes, and what it found.</summary>
/// <param name="settings">The session's settings.</param>
/// <param name="peers">Other engines to measure beside.</param>
/// <param name="number">From 1; 0 = the warm-up.</param>
/// <param name="folder">For its data; emptied by the session.</param>
/// <param name="cancellation">The user has had enough.</param>
internal sealed class Repetition(BenchmarkSettings settings, PeerSet peers, int number, string folder, CancellationToken cancellation)
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

    /// <summary>What is worth to be seen but no figure; shown with the progress.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>True in every other repetition: then the yardstick goes second, so that a machine that slows down favours neither.</summary>
    public bool OursFirst => number % 2 == 0;

    /// <summary>The yardstick of the store's benchmarks is a bare store on SQLite: a comparison with it means something on SQLite only.</summary>
    public bool HasBareStore => settings.Store == StorePlace.Sqlite;

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

    /// <summary>A new, empty place for a store of the kind asked for.</summary>
    public Task<StorePlace> NewPlaceAsync() => StorePlace.NewAsync(settings, NewFolder(), cancellation);

    /// <summary>A new, empty store of the kind asked for.</summary>
    public async Task<BenchStore> OpenStoreAsync() => await BenchStore.OpenAsync(await NewPlaceAsync(), cancellation);

    /// <summary>An empty folder on the disk that is measured.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(folder, $"{Interlocked.Increment(ref _stores)}")).FullName;

    /// <summary>Both sides of a comparison, in the order that is this repetition's turn.</summary>
    public async Task<(TBare Bare, TOurs Ours)> CompareAsync<TBare, TOurs>(Func<Task<TBare>> bare, Func<Task<TOurs>> ours)
    {
        if (!OursFirst)
            return (await bare(), await ours());
        var first = await ours();
        return (await bare(), first);
    }

    /// <summary>Another engine at the same work, on an empty Redis with the same settings.</summary>
    /// <returns>Its figures by their names; null when it cannot be measured here, which the report says.</returns>
    public async Task<PeerFigures?> MeasurePeerAsync(string peer, string mode, int count)
    {
        // A peer's warm-up is in its own process, which is gone after that.
        if (IsWarmUp || !await peers.IsReadyAsync(peer, cancellation))
            return null;
        await using var place = await RedisPlace.NewAsync(settings, NewFolder(), cancellation);
        return await peers.MeasureAsync(peer, mode, count, place.Address, cancellation);
    }

    /// <summary>Times a stretch of work and, on Redis, records what it cost the server's thread and this process.</summary>
    /// <param name="place">Where the work's store is.</param>
    /// <param name="figure">What the figures are called after.</param>
    /// <param name="steps">How many steps it is.</param>
    /// <param name="work">To be timed.</param>
    public async Task<TimeSpan> MeterAsync(StorePlace place, string figure, int steps, Func<Task> work)
    {
        if (place is not RedisPlace redis)
        {
            var started = Stopwatch.GetTimestamp();
            await work();
            return Stopwatch.GetElapsedTime(started);
        }

        var meter = await RedisMeter.StartAsync(redis);
        await work();
        var load = await meter.StopAsync();
        Record($"{figure}, Redis' thread busy", "%", 100 * load.Server / load.Took);
        Record($"{figure}, Redis' thread", "µs/step", load.Server.TotalMicroseconds / steps);
        Record($"{figure}, client", "µs/step", load.Client.TotalMicroseconds / steps);
        Record($"{figure}, written", "KB/step", load.Written / 1024 / steps);
        if (settings.Profile)
            Notes.AddRange([$"{figure}:", .. await meter.ProfileAsync()]);
        return load.Took;
    }
}

/// <summary>A value that one repetition found.</summary>
internal readonly record struct Finding(string Figure, string Unit, double Value);
