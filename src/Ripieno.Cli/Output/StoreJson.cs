using Ripieno.Coordination;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Output;

/// <summary>What a store, or a copy of one, is and holds.</summary>
internal sealed record StoreContentsJson
{
    public required string Location { get; init; }

    public required string Engine { get; init; }

    public required int SchemaVersion { get; init; }

    /// <summary><c>sqlite</c> or <c>redis</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What survives what, in a sentence; empty for a mere copy.</summary>
    public required string Durability { get; init; }

    public required long Bytes { get; init; }

    /// <summary>By status; every status is there.</summary>
    public required IReadOnlyDictionary<string, long> Runs { get; init; }

    public required long Steps { get; init; }

    /// <summary>Wide changes that are still being carried out.</summary>
    public required long Pending { get; init; }

    public required IReadOnlyDictionary<string, string> Facts { get; init; }

    public static StoreContentsJson Of(StoreCheck check) => new()
    {
        Location = check.Store.Location,
        Engine = check.Store.Engine,
        SchemaVersion = check.Store.SchemaVersion,
        Kind = check.Store.Kind,
        Durability = check.Store.Durability,
        Bytes = check.Bytes,
        Runs = RunsOf(check.Runs),
        Steps = check.Steps,
        Pending = check.Pending,
        Facts = check.Facts,
    };

    /// <summary>By the status's name; every status is there.</summary>
    public static Dictionary<string, long> RunsOf(IReadOnlyDictionary<RunStatus, long> runs) =>
        Enum.GetValues<RunStatus>().ToDictionary(status => status.ToString().ToLowerInvariant(), status => runs.GetValueOrDefault(status));
}

/// <summary>What happened to the steps of an agent with a model, or, with an empty agent, to whole runs.</summary>
internal sealed record FigureJson
{
    /// <summary>Start of the hour; null when hours are added up.</summary>
    public required DateTimeOffset? Hour { get; init; }

    public required string Workflow { get; init; }

    public required string Agent { get; init; }

    public required string Model { get; init; }

    public required long Arrived { get; init; }

    public required long Succeeded { get; init; }

    public required long Failed { get; init; }

    public required double? SuccessRate { get; init; }

    public required long Served { get; init; }

    public required double? MeanServiceSeconds { get; init; }

    public required double? ServiceDeviationSeconds { get; init; }

    public required long Claimed { get; init; }

    public required double? MeanWaitSeconds { get; init; }

    public required TokensJson Tokens { get; init; }

    public static FigureJson Of(FigureRow row, bool hourly) => new()
    {
        Hour = hourly ? row.Sums.Hour : null,
        Workflow = row.Sums.Workflow,
        Agent = row.Sums.Agent,
        Model = row.Sums.Model,
        Arrived = row.Sums.Arrived,
        Succeeded = row.Sums.Succeeded,
        Failed = row.Sums.Failed,
        SuccessRate = row.SuccessRate,
        Served = row.Sums.Served,
        MeanServiceSeconds = row.MeanService?.TotalSeconds,
        ServiceDeviationSeconds = row.ServiceDeviation?.TotalSeconds,
        Claimed = row.Sums.Claimed,
        MeanWaitSeconds = row.MeanWait?.TotalSeconds,
        Tokens = TokensJson.Of(row.Sums.Usage),
    };
}
