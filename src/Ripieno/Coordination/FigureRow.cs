using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>Hourly figures, added up or of one hour, with what follows from them. Null where nothing happened that it could be told of.</summary>
/// <param name="Sums">The figures; <see cref="HourlyFigures.Hour"/> is the first hour that is in them.</param>
internal sealed record FigureRow(HourlyFigures Sums)
{
    /// <summary>Share that succeeded of what ended, 0 to 1.</summary>
    public double? SuccessRate => Sums.Succeeded + Sums.Failed is > 0 and var ended ? Sums.Succeeded / (double)ended : null;

    public TimeSpan? MeanService => Sums.Served > 0 ? Sums.Service / Sums.Served : null;

    /// <summary>Standard deviation of the service times.</summary>
    public TimeSpan? ServiceDeviation
    {
        get
        {
            if (MeanService is not { } mean)
                return null;
            // Rounding can make the difference of two nearly equal numbers negative.
            return TimeSpan.FromSeconds(Math.Sqrt(Math.Max(0, Sums.ServiceSquares / Sums.Served - mean.TotalSeconds * mean.TotalSeconds)));
        }
    }

    public TimeSpan? MeanWait => Sums.Claimed > 0 ? Sums.Wait / Sums.Claimed : null;

    /// <summary>One row for each workflow, agent and model, or with <paramref name="hourly"/> for each of them in each hour; whole runs before their agents.</summary>
    public static IReadOnlyList<FigureRow> Of(IReadOnlyList<HourlyFigures> figures, bool hourly) =>
    [
        .. figures
            .GroupBy(one => (Hour: hourly ? one.Hour : default, one.Workflow, one.Agent))
            .OrderBy(group => group.Key.Hour).ThenBy(group => group.Key.Workflow, StringComparer.Ordinal).ThenBy(group => group.Key.Agent, StringComparer.Ordinal)
            .SelectMany(group => ByModel([.. group]))
            .Select(sums => new FigureRow(sums)),
    ];

    /// <summary>
    /// What has no model yet (arrivals, claims) and what never gets one (steps that were given up) belongs to the agent's model where it has only one; where
    /// it has several it stays a row of its own.
    /// </summary>
    private static IEnumerable<HourlyFigures> ByModel(IReadOnlyList<HourlyFigures> figures)
    {
        var models = figures.Select(one => one.Model).Where(model => model.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        return figures
            .GroupBy(one => models.Count == 1 ? models[0] : one.Model, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Aggregate(Add) with { Model = group.Key });
    }

    private static HourlyFigures Add(HourlyFigures left, HourlyFigures right) => left with
    {
        Hour = left.Hour < right.Hour ? left.Hour : right.Hour,
        Arrived = left.Arrived + right.Arrived,
        Succeeded = left.Succeeded + right.Succeeded,
        Failed = left.Failed + right.Failed,
        Served = left.Served + right.Served,
        Service = left.Service + right.Service,
        ServiceSquares = left.ServiceSquares + right.ServiceSquares,
        Claimed = left.Claimed + right.Claimed,
        Wait = left.Wait + right.Wait,
        Usage = left.Usage + right.Usage,
    };
}
