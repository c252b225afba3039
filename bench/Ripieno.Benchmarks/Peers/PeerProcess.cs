using System.ComponentModel;
using System.Diagnostics;

namespace Ripieno.Benchmarks.Peers;

/// <summary>A program of a peer, run to its end.</summary>
internal static class PeerProcess
{
    /// <summary>Folder of a peer's part in the repository that this program was built from.</summary>
    public static string FolderOf(string peer)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "bench", "peers", peer);
            if (Directory.Exists(path))
                return path;
        }

        throw new PeerException($"bench/peers/{peer} is not above {AppContext.BaseDirectory}; run the benchmarks from a clone of the repository");
    }

    /// <summary>Runs it and returns what it wrote to its standard output.</summary>
    /// <exception cref="PeerException">It is not installed, or it failed.</exception>
    public static async Task<string> RunAsync(string folder, string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await Task.WhenAll(output, error);
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0 ? await output : throw new PeerException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {LastLine(await error, await output)}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new PeerException($"{start.FileName} is not installed");
        }
    }

    private static string LastLine(params IEnumerable<string> texts) =>
        texts.SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(1)).FirstOrDefault("it wrote nothing");
}
