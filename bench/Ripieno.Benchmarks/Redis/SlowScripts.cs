using System.Reflection;
using Ripieno.Redis;
using StackExchange.Redis;

namespace Ripieno.Benchmarks.Redis;

/// <summary>Calls that held Redis for more than a millisecond, by Redis' own slow log.</summary>
internal sealed class SlowScripts : IAsyncDisposable
{
    private const string Threshold = "slowlog-log-slower-than";
    private const string Length = "slowlog-max-len";

    /// <summary>In microseconds.</summary>
    private const int Slow = 1000;

    /// <summary>More calls than are slow in any benchmark: the log forgets the oldest, not the fastest.</summary>
    private const int Kept = 10_000;

    /// <summary>Names of the store's scripts by what the server calls them.</summary>
    private static readonly Dictionary<string, string> Names = typeof(Script).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetValue(null)).OfType<Script>()
        .ToDictionary(script => Convert.ToHexStringLower(script.Hash), script => script.Name, StringComparer.Ordinal);

    private readonly RedisPlace _place;
    private readonly string _threshold;
    private readonly string _length;

    private SlowScripts(RedisPlace place, string threshold, string length)
    {
        _place = place;
        _threshold = threshold;
        _length = length;
    }

    public static async Task<SlowScripts> WatchAsync(RedisPlace place)
    {
        var watched = new SlowScripts(place, await place.SettingAsync(Threshold), await place.SettingAsync(Length));
        await place.SetAsync(Threshold, $"{Slow}");
        await place.SetAsync(Length, $"{Kept}");
        await place.ForgetSlowAsync();
        return watched;
    }

    /// <summary>The slowest call of each, in milliseconds, since the last look.</summary>
    public async Task<IReadOnlyDictionary<string, double>> TakeAsync()
    {
        var slow = await _place.SlowAsync(Kept);
        await _place.ForgetSlowAsync();
        return slow.GroupBy(trace => NameOf(trace.Arguments), StringComparer.Ordinal)
            .OrderByDescending(group => group.Max(trace => trace.Duration))
            .ToDictionary(group => group.Key, group => group.Max(trace => trace.Duration).TotalMilliseconds, StringComparer.Ordinal);
    }

    /// <summary>A server that is not ours goes on as it was.</summary>
    public async ValueTask DisposeAsync()
    {
        await _place.SetAsync(Threshold, _threshold);
        await _place.SetAsync(Length, _length);
    }

    /// <summary>Of the script; of the command when it is none, or a script's text.</summary>
    private static string NameOf(RedisValue[] arguments) =>
        arguments is [var command, var hash, ..] && string.Equals(command, "EVALSHA", StringComparison.OrdinalIgnoreCase) && Names.TryGetValue(hash.ToString(), out var name)
            ? name
            : arguments[0].ToString();
}
