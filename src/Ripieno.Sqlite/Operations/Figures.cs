using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// What the operations of one transaction add to the hourly figures: summed up in memory, so that a commit of 256 steps writes a few rows. In the same commit, so that
/// the figures are as exact as the runs.
/// </summary>
internal sealed class Figures(long now)
{
    private const long HourLength = 3_600_000;

    private readonly long _hour = now - now % HourLength;
    private readonly Dictionary<(string Workflow, string Agent, string Model), Sums> _sums = [];

    public void Arrived(string workflow, string agent, int count) => Of(workflow, agent).Arrived += count;

    public void Claimed(string workflow, string agent, long wait)
    {
        var sums = Of(workflow, agent);
        sums.Claims++;
        sums.Wait += wait;
    }

    /// <param name="workflow">Of the run.</param>
    /// <param name="agent">Of the step; empty for a run.</param>
    /// <param name="model">Empty = none, or not known.</param>
    /// <param name="service">How long a slot was held, in milliseconds.</param>
    /// <param name="usage">Tokens spent.</param>
    public void Served(string workflow, string agent, string model, long service, TokenUsage usage)
    {
        var sums = Of(workflow, agent, model);
        sums.Served++;
        sums.Service += service;
        sums.Squares += service / 1000.0 * (service / 1000.0);
        sums.Usage += usage;
    }

    public void Ended(string workflow, string agent, string model, bool succeeded)
    {
        var sums = Of(workflow, agent, model);
        if (succeeded)
            sums.Succeeded++;
        else
            sums.Failed++;
    }

    public void Write(Connection db)
    {
        foreach (var ((workflow, agent, model), sums) in _sums)
        {
            Add(
                db, _hour, workflow, agent, model, sums.Arrived, sums.Succeeded, sums.Failed, sums.Served, sums.Service, sums.Squares, sums.Claims, sums.Wait,
                sums.Usage.Input, sums.Usage.Output);
        }
    }

    /// <summary>Adds what another store has counted, in hours after the last that was taken from it.</summary>
    /// <returns>Rows that were added.</returns>
    public static int Take(Connection db, string source, IReadOnlyList<HourlyFigures> figures)
    {
        var last = db.NumberOrNull("SELECT hour FROM taken WHERE source = ?1", source) ?? long.MinValue;
        var news = figures.Where(row => row.Hour.ToUnixTimeMilliseconds() > last).ToList();
        foreach (var row in news)
        {
            Add(
                db, row.Hour.ToUnixTimeMilliseconds(), row.Workflow, row.Agent, row.Model, row.Arrived, row.Succeeded, row.Failed, row.Served, (long)row.Service.TotalMilliseconds,
                row.ServiceSquares, row.Claimed, (long)row.Wait.TotalMilliseconds, row.Usage.Input, row.Usage.Output);
        }

        if (news.Count > 0)
            db.Execute("INSERT INTO taken(source, hour) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET hour = ?2", source, news.Max(row => row.Hour).ToUnixTimeMilliseconds());
        return news.Count;
    }

    private static void Add(Connection db, params ReadOnlySpan<Value> values) => db.Execute(
        """
        INSERT INTO hourly VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        ON CONFLICT DO UPDATE SET arrived = arrived + ?5, succeeded = succeeded + ?6, failed = failed + ?7, served = served + ?8, service = service + ?9,
          squares = squares + ?10, claimed = claimed + ?11, wait = wait + ?12, tokens_in = tokens_in + ?13, tokens_out = tokens_out + ?14
        """, values);

    private Sums Of(string workflow, string agent, string model = "")
    {
        if (!_sums.TryGetValue((workflow, agent, model), out var sums))
            _sums.Add((workflow, agent, model), sums = new());
        return sums;
    }

    private sealed class Sums
    {
        public long Arrived { get; set; }

        public long Succeeded { get; set; }

        public long Failed { get; set; }

        public long Served { get; set; }

        public long Service { get; set; }

        public double Squares { get; set; }

        public long Claims { get; set; }

        public long Wait { get; set; }

        public TokenUsage Usage { get; set; }
    }
}
