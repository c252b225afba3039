using System.Globalization;
using Ripieno.Benchmarks.Measuring;

namespace Ripieno.Benchmarks.Reporting;

/// <summary>Figures as a plain table.</summary>
internal static class TextReport
{
    public static void Write(TextWriter output, Surroundings at, BenchmarkSettings settings, IReadOnlyList<Figure> figures, IReadOnlyDictionary<string, string> missing)
    {
        output.WriteLine($"{at.Date:yyyy-MM-dd HH:mm} UTC, commit {at.Commit}, store {settings.Store}, {settings.Repetitions} repetitions, scale {Number(settings.Scale)}");
        output.WriteLine($"{at.Cores} cores, {at.Processor}, {at.Memory}, {at.System}, {at.Runtime}, {(at.Redis is null ? $"SQLite {at.Sqlite}" : $"Redis {at.Redis}")}");
        output.WriteLine($"{settings.Data} on {at.FileSystem}; appending 4 KB and flushing: p50 {Number(at.FlushMedian)} ms, p99 {Number(at.FlushP99)} ms");
        foreach (var (peer, reason) in missing)
            output.WriteLine($"{peer} not measured: {reason}");
        if (figures.Count == 0)
            return;
        var width = figures.Max(figure => figure.Name.Length);
        foreach (var group in figures.GroupBy(figure => figure.Benchmark))
        {
            output.WriteLine();
            output.WriteLine($"{group.Key.PadRight(width + 2)} {"median",12}         values");
            foreach (var figure in group)
                output.WriteLine($"  {figure.Name.PadRight(width)} {Number(figure.Median),12} {figure.Unit,-8}{string.Join("  ", figure.Values.Select(Number))}");
        }
    }

    /// <summary>With three digits that mean something; more would be noise.</summary>
    private static string Number(double value) => value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : value >= 0.1 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
}
