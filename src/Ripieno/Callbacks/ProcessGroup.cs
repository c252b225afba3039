using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ripieno.Callbacks;

/// <summary>Starts a program as the head of a process group of its own and ends all of it, also what its parents no longer know.</summary>
internal static class ProcessGroup
{
    private const int Kill = 9;

    /// <summary>Makes a new session and becomes the program, with the same pid. Without it (macOS has none) only descendants can be ended.</summary>
    private static readonly string? Setsid = Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists);

    /// <param name="program">Absolute path.</param>
    /// <param name="arguments">As they are: there is no shell.</param>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Setsid ?? program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in Setsid is null ? arguments : [program, .. arguments])
            start.ArgumentList.Add(argument);
        return start;
    }

    public static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
        {
            // It has just ended, or a part of it is another user's.
        }

        if (Setsid is not null)
            _ = SendSignal(-process.Id, Kill);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
