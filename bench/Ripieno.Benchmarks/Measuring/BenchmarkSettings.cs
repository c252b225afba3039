namespace Ripieno.Benchmarks.Measuring;

/// <summary>What the command line asked for.</summary>
internal sealed record BenchmarkSettings
{
    /// <summary>After the warm-up. 3: the median of fewer says nothing about noise.</summary>
    public int Repetitions { get; init; } = 3;

    /// <summary>Factor on all sizes and lengths. Below 1 for a quick look; the figures of the documentation are made with 1.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Names of benchmarks; empty = all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public string Store { get; init; } = "sqlite";

    /// <summary><c>host:port</c> of a Redis to use, which is emptied again and again; null = servers of our own.</summary>
    public string? Redis { get; init; }

    /// <summary><c>appendfsync</c> of our own servers: <c>always</c> = on the disk before it is acknowledged, <c>everysec</c> = within a second or two.</summary>
    public string Fsync { get; init; } = "everysec";

    /// <summary>Names of other engines to measure beside the Redis store.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Show what Redis did in each metered stretch.</summary>
    public bool Profile { get; init; }

    /// <summary>Folder for data. On the disk that is to be measured.</summary>
    public required string Data { get; init; }

    /// <summary>The published command; null = its start is not measured.</summary>
    public string? Command { get; init; }

    public bool Json { get; init; }
}
