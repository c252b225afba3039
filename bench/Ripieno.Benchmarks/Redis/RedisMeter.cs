using System.Diagnostics;
using System.Globalization;

namespace Ripieno.Benchmarks.Redis;

/// <summary>What a stretch of work costs the thread that executes Redis' commands, and this process. The thread is what many instances share: it is the limit of them all.</summary>
internal sealed class RedisMeter
{
    /// <summary>Lines of each list of a profile.</summary>
    private const int Lines = 8;

    private readonly RedisPlace _place;
    private readonly TimeSpan _client;
    private readonly double _server;
    private readonly double _written;
    private readonly long _started;

    private RedisMeter(RedisPlace place, double server, double written)
    {
        _place = place;
        _server = server;
        _written = written;
        _client = Environment.CpuUsage.TotalTime;
        _started = Stopwatch.GetTimestamp();
    }

    public static async Task<RedisMeter> StartAsync(RedisPlace place)
    {
        await place.ForgetFiguresAsync();
        return new(place, await ServerSecondsAsync(place), await WrittenAsync(place));
    }

    public async Task<RedisLoad> StopAsync()
    {
        var took = Stopwatch.GetElapsedTime(_started);
        var client = Environment.CpuUsage.TotalTime - _client;
        return new(took, TimeSpan.FromSeconds(await ServerSecondsAsync(_place) - _server), client, await WrittenAsync(_place) - _written);
    }

    /// <summary>The commands that took most of the time, scripts and what they call, and the latency of each; for finding out, not for comparing.</summary>
    public async Task<IEnumerable<string>> ProfileAsync()
    {
        var commands = await _place.InfoAsync("commandstats");
        var latencies = await _place.InfoAsync("latencystats");
        return
        [
            .. commands.Where(line => line.StartsWith("cmdstat_", StringComparison.Ordinal)).OrderByDescending(Microseconds).Take(Lines),
            .. latencies.Where(line => line.Contains("eval", StringComparison.Ordinal) || line.Contains("fcall", StringComparison.Ordinal)).Take(Lines),
        ];
    }

    private static long Microseconds(string line)
    {
        const string Name = ",usec=";
        var begin = line.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        return long.Parse(line.AsSpan(begin, line.IndexOf(',', begin) - begin), CultureInfo.InvariantCulture);
    }

    private static Task<double> WrittenAsync(RedisPlace place) => place.NumberAsync("persistence", "aof_current_size");

    private static async Task<double> ServerSecondsAsync(RedisPlace place) =>
        await place.NumberAsync("cpu", "used_cpu_sys_main_thread") + await place.NumberAsync("cpu", "used_cpu_user_main_thread");
}

/// <summary>What a stretch of work cost.</summary>
/// <param name="Took">By the clock.</param>
/// <param name="Server">Processor time of Redis' main thread.</param>
/// <param name="Client">Processor time of this process, all cores.</param>
/// <param name="Written">Bytes that the append-only file grew by.</param>
internal readonly record struct RedisLoad(TimeSpan Took, TimeSpan Server, TimeSpan Client, double Written);
