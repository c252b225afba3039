using System.Diagnostics;
using System.Globalization;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>Tells whether a process seen earlier is still the same one. A pid alone does not: the system gives it out again.</summary>
internal static class ProcessIdentity
{
    /// <summary>
    /// Machine name, plus what makes its pids meaningful: the boot and, on Linux, the pid namespace, so that two containers are two hosts.
    /// </summary>
    public static string Host { get; } = string.Join('/', Environment.MachineName, Read("/proc/sys/kernel/random/boot_id"), PidNamespace()).TrimEnd('/');

    /// <summary>
    /// False when the instance ran on this machine and its process is gone, or ran before this machine's last boot; true when it lives or
    /// cannot be looked at from here.
    /// </summary>
    /// <param name="instance">Who registered.</param>
    /// <param name="oneMachine">
    /// Nobody registers from another machine. Otherwise only the boot tells machines apart, for names are given twice: another boot is another machine, and a
    /// host that does not say its boot may be one.
    /// </param>
    public static bool MayLive(InstanceRecord instance, bool oneMachine)
    {
        var (theirs, ours) = (instance.Host.Split('/'), Host.Split('/'));
        var knowBoots = theirs.Length > 1 && ours.Length > 1;
        if (instance.Host == Host && (oneMachine || knowBoots))
            return StartOf(instance.Pid) == instance.ProcessStart;
        return !oneMachine || theirs[0] != ours[0] || !knowBoots || theirs[1] == ours[1];
    }

    /// <summary>Start of a live process: clock ticks since boot on Linux, Unix seconds elsewhere; null when there is no such process.</summary>
    public static long? StartOf(int pid)
    {
        if (OperatingSystem.IsLinux())
            return LinuxStart(pid);
        try
        {
            using var process = Process.GetProcessById(pid);
            return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static long? LinuxStart(int pid)
    {
        // "pid (name) state ppid …": the name may hold anything, so fields are counted after the last bracket. A zombie has ended.
        var stat = Read($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] is not ("Z" or "X") ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;
    }

    private static string PidNamespace() =>
        OperatingSystem.IsLinux() ? File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "" : "";

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
