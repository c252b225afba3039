using System.Diagnostics;
using Ripieno.Benchmarks.Measuring;

namespace Ripieno.Benchmarks.Processes;

/// <summary>
/// How long the command takes to start: <c>ripieno --version</c> of the published build, from the start of the process to its end. What a script or an impatient
/// person feels with every command. Compared with <c>/bin/true</c>, the least that any process takes here.
/// </summary>
internal sealed class StartBenchmark : Benchmark
{
    private const int Starts = 20;
    private const int WarmUps = 3;

    public override string Name => "start";

    public override string Summary => "time of `ripieno --version` of the published command (needs --ripieno PATH)";

    public override async Task RepeatAsync(Repetition repetition)
    {
        if (repetition.Settings.Command is not { } command)
        {
            if (repetition.IsWarmUp)
                await Console.Error.WriteLineAsync("start: skipped. Publish with ./ripieno --version, then pass --ripieno .build/cli/$(cat .build/cli/current)/ripieno.");
            return;
        }

        repetition.Record("/bin/true", await MeasureAsync("/bin/true", [], repetition.Cancellation));
        repetition.Record("ripieno --version", await MeasureAsync(command, ["--version"], repetition.Cancellation));
    }

    private static async Task<Latencies> MeasureAsync(string program, string[] arguments, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        for (var start = -WarmUps; start < Starts; start++)
        {
            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
            await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (start >= 0)
                latencies.AddSince(started);
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{program} ended with {process.ExitCode}. Is the path right, and DOTNET_ROOT set where it needs to be?");
        }

        return latencies;
    }
}
