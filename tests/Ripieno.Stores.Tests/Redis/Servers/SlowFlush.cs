using System.Diagnostics;
using System.Globalization;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>Each flush of a running server's append-only file takes as long as on a disk that is badly overloaded. Meanwhile the server keeps in memory what it has acknowledged.</summary>
internal sealed class SlowFlush : IDisposable
{
    private readonly Process _strace;

    private SlowFlush(Process strace)
    {
        _strace = strace;
    }

    public static async Task<SlowFlush> AttachAsync(RedisServer server)
    {
        // Just below the 2 s after which the server waits for its disk.
        string[] arguments =
        [
            "-f", "-qq", "-o", Path.Combine(server.Folder, "strace.log"), "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=1900000",
            "-p", server.Pid.ToString(CultureInfo.InvariantCulture),
        ];
        var strace = Process.Start(new ProcessStartInfo("strace", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        while (!Directory.GetDirectories($"/proc/{server.Pid}/task").All(task => File.ReadLines(task + "/status").Contains($"TracerPid:\t{strace.Id}")))
        {
            if (strace.HasExited)
                throw new InvalidOperationException("strace cannot slow the server down: " + await strace.StandardError.ReadToEndAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return new(strace);
    }

    public void Dispose()
    {
        // It ends with the server.
        _strace.WaitForExit();
        _strace.Dispose();
    }
}
