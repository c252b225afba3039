using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Redis;
using Ripieno.Benchmarks.Stores;
using Ripieno.Diagnostics;

namespace Ripieno.Benchmarks.Reporting;

/// <summary>Where figures were measured: without it they mean nothing.</summary>
internal sealed record Surroundings
{
    public required DateTimeOffset Date { get; init; }

    public required string Commit { get; init; }

    public required int Cores { get; init; }

    public required string Processor { get; init; }

    public required string Memory { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    public required string Sqlite { get; init; }

    /// <summary>Version and how it writes; null when it is not what is measured.</summary>
    public required string? Redis { get; init; }

    /// <summary>Kind of the file system that the data is on.</summary>
    public required string FileSystem { get; init; }

    /// <summary>Milliseconds, in the middle, of appending 4 KB to a file and flushing it: the least that a commit of one caller takes.</summary>
    public required double FlushMedian { get; init; }

    public required double FlushP99 { get; init; }

    /// <summary>True when flushing costs nothing because nothing reaches a disk: figures of stores are too good then.</summary>
    public bool IsInMemory => FileSystem is "tmpfs" or "ramfs";

    public static async Task<Surroundings> ReadAsync(BenchmarkSettings settings, CancellationToken cancellation)
    {
        Directory.CreateDirectory(settings.Data);
        var flushes = Flushes(settings.Data);
        var machine = await MachineProbe.ReadAsync(settings.Data, TimeProvider.System, cancellation);
        using var sqlite = new SqliteConnection("Data Source=:memory:");
        sqlite.Open();
        return new()
        {
            Date = TimeProvider.System.GetUtcNow(),
            Commit = await HeadAsync(cancellation),
            Cores = machine.Cores,
            Processor = ProcessorName(),
            Memory = machine.Memory is { } memory ? Machine.Size(memory) : "unknown",
            System = $"{RuntimeInformation.OSDescription}, kernel {Environment.OSVersion.Version}",
            Runtime = RuntimeInformation.FrameworkDescription,
            Sqlite = sqlite.ServerVersion,
            Redis = settings.Store == StorePlace.Redis ? await RedisAsync(settings, cancellation) : null,
            FileSystem = new DriveInfo(settings.Data).DriveFormat,
            FlushMedian = flushes.At(0.5),
            FlushP99 = flushes.At(0.99),
        };
    }

    private static Latencies Flushes(string folder)
    {
        var latencies = new Latencies();
        var path = Path.Combine(folder, $"ripieno-bench-flush-{Environment.ProcessId}");
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.DeleteOnClose });
        var page = new byte[4096];
        for (var i = 0; i < 500; i++)
        {
            var started = Stopwatch.GetTimestamp();
            file.Write(page);
            file.Flush(flushToDisk: true);
            latencies.AddSince(started);
        }

        return latencies;
    }

    /// <summary>Also finds out, before anything is measured, whether there is a Redis and whether it may be emptied.</summary>
    private static async Task<string> RedisAsync(BenchmarkSettings settings, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("ripieno-bench-");
        try
        {
            await using var place = await RedisPlace.NewAsync(settings, folder.FullName, cancellation);
            return await place.DescribeAsync();
        }
        finally
        {
            // A server of our own has taken it along.
            if (Directory.Exists(folder.FullName))
                folder.Delete(recursive: true);
        }
    }

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static async Task<string> HeadAsync(CancellationToken cancellation)
    {
        // This program lies in a folder of the repository that it was built from.
        var start = new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=12"])
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var git = Process.Start(start)!;
        var commit = await git.StandardOutput.ReadToEndAsync(cancellation);
        await git.WaitForExitAsync(cancellation);
        return git.ExitCode == 0 ? commit.Trim() : "unknown";
    }
}
