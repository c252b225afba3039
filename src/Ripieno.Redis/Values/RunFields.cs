using System.Globalization;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>Names of the fields of a run's hash.</summary>
internal static class RunFields
{
    public static readonly RedisValue Info = "i";
    public static readonly RedisValue Terms = "m";
    public static readonly RedisValue Changing = "v";
    public static readonly RedisValue Definitions = "f";
    public static readonly RedisValue Counts = "n";

    /// <summary>Digest of the image that the run was copied from.</summary>
    public static readonly RedisValue CopiedFrom = "copied";

    /// <param name="number">From 1.</param>
    public static RedisValue Event(long number) => string.Create(CultureInfo.InvariantCulture, $"e{number}");

    /// <summary>The index of a step whose input this content is.</summary>
    public static RedisValue InputOf(ReadOnlySpan<byte> hash) => (byte[])[(byte)'h', .. hash];

    public static RedisValue Content(ReadOnlySpan<byte> hash) => (byte[])[(byte)'c', .. hash];

    public static RedisValue Key(string key) => "k" + key;

    public static RedisValue State(int index) => Of('s', index);

    public static RedisValue Constants(int index) => Of('x', index);

    public static RedisValue Dependents(int index) => Of('d', index);

    /// <summary>Dependents from the 1,024 × <paramref name="chunk"/>th on.</summary>
    public static RedisValue Dependents(int index, int chunk) => string.Create(CultureInfo.InvariantCulture, $"d{index}:{chunk}");

    public static RedisValue Result(int index) => Of('r', index);

    public static RedisValue Artifacts(int index) => Of('a', index);

    private static RedisValue Of(char kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}{index}");
}
