using System.Diagnostics;
using System.Globalization;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>
/// A small file system in memory on the workspace's data folder, seen only by processes that are started with <see cref="Launcher"/>: the rest of the machine is
/// not touched, and when the last of them has ended it is gone.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly Workspace _workspace;
    private readonly Process _keeper;

    private SmallDisk(Workspace workspace, Process keeper)
    {
        _workspace = workspace;
        _keeper = keeper;
    }

    /// <summary>Puts what follows into the disk's mount namespace.</summary>
    public Launcher Launcher(string name) => new("nsenter", "-m", "-t", Pid) { PidFile = _workspace.In(name + ".pid") };

    private string Pid => _keeper.Id.ToString(CultureInfo.InvariantCulture);

    public static async Task<SmallDisk> MountAsync(Workspace workspace, string size)
    {
        Directory.CreateDirectory(workspace.In("data"));
        var start = new ProcessStartInfo("unshare", ["-m", "sh", "-c", "mount -t tmpfs -o \"size=$1\" tmpfs \"$2\" && echo mounted && exec cat", "sh", size, workspace.In("data")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var keeper = Process.Start(start)!;
        if (await keeper.StandardOutput.ReadLineAsync() != "mounted")
            Assert.Fail($"This machine does not let the test mount a small disk; it needs root and mount namespaces: {await keeper.StandardError.ReadToEndAsync()}");
        return new(workspace, keeper);
    }

    /// <summary>Fills the disk as another program would, except for some bytes.</summary>
    public void Fill(int leave)
    {
        using var ballast = new FileStream($"/proc/{Pid}/root{_workspace.In("data", "ballast")}", FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            while (true)
                ballast.Write(new byte[4096]);
        }
        catch (IOException)
        {
            ballast.SetLength(Math.Max(0, ballast.Length - leave));
        }
    }

    /// <summary>Copies the store out to where this process sees it. (SQLite would follow the link into the namespace the wrong way.)</summary>
    /// <returns>The copy's path.</returns>
    public string CopyStore()
    {
        var folder = Directory.CreateDirectory(_workspace.In("copy")).FullName;
        foreach (var file in Directory.GetFiles($"/proc/{Pid}/root{_workspace.In("data")}"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        return Path.Combine(folder, Path.GetFileName(_workspace.Store));
    }

    public void Resize(string size)
    {
        using var mount = Process.Start("nsenter", ["-m", "-t", Pid, "mount", "-o", $"remount,size={size}", _workspace.In("data")]);
        mount.WaitForExit();
        Assert.Equal(0, mount.ExitCode);
    }

    public void Dispose()
    {
        _keeper.Kill();
        _keeper.WaitForExit();
        _keeper.Dispose();
    }
}
