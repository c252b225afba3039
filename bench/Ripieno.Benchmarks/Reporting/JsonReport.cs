using System.Text.Encodings.Web;
using System.Text.Json;
using Ripieno.Benchmarks.Measuring;

namespace Ripieno.Benchmarks.Reporting;

/// <summary>Figures as one JSON document, for keeping and comparing.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // "×" shall stand there as itself.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(TextWriter output, Surroundings at, BenchmarkSettings settings, IReadOnlyList<Figure> figures, IReadOnlyDictionary<string, string> missing) =>
        output.WriteLine(JsonSerializer.Serialize(new { Surroundings = at, settings.Store, settings.Repetitions, settings.Scale, Figures = figures, NotMeasured = missing }, Options));
}
