using System.Diagnostics;
using Ripieno.Benchmarks.Peers;

namespace Ripieno.Benchmarks.Measuring;

/// <summary>One run of benchmarks: each is warmed up, then repeated.</summary>
internal sealed class Session(BenchmarkSettings settings, PeerSet peers, TextWriter progress)
{
    public async Task<IReadOnlyList<Figure>> MeasureAsync(IEnumerable<Benchmark> benchmarks, CancellationToken cancellation)
    {
        var root = Directory.CreateDirectory(Path.Combine(settings.Data, $"ripieno-bench-{Environment.ProcessId}")).FullName;
        try
        {
            var figures = new List<Figure>();
            foreach (var benchmark in benchmarks)
                figures.AddRange(await MeasureAsync(benchmark, root, cancellation));
            return figures;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task<IEnumerable<Figure>> MeasureAsync(Benchmark benchmark, string root, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        for (var number = 0; number <= settings.Repetitions; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var folder = Directory.CreateDirectory(Path.Combine(root, $"{benchmark.Name}-{number}")).FullName;
            var repetition = new Repetition(settings, peers, number, folder, cancellation);
            await benchmark.RepeatAsync(repetition);
            if (number > 0)
                findings.AddRange(repetition.Findings);
            Directory.Delete(folder, recursive: true);
            Tell(benchmark, number, repetition, Stopwatch.GetElapsedTime(started));
            // The garbage of one repetition is not the next one's business.
            GC.Collect();
        }

        return findings.GroupBy(finding => (finding.Figure, finding.Unit))
            .Select(group => new Figure(benchmark.Name, group.Key.Figure, group.Key.Unit, [.. group.Select(finding => finding.Value)]));
    }

    private void Tell(Benchmark benchmark, int number, Repetition repetition, TimeSpan took)
    {
        progress.WriteLine($"{benchmark.Name}: {(number == 0 ? "warm-up" : $"repetition {number} of {settings.Repetitions}")}, {took.TotalSeconds:0.0} s");
        foreach (var finding in repetition.Findings)
            progress.WriteLine($"    {finding.Figure,-44} {finding.Value,12:0.###} {finding.Unit}");
        foreach (var line in repetition.Notes)
            progress.WriteLine($"    | {line}");
    }
}
