using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ripieno.EndToEnd.Tests.Networks;

/// <summary>
/// A network of its own, empty at first, kept by a process that ends with this one: then the kernel removes it with all devices in it. The machine's own network is not touched.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const string Needs = "This machine does not let the test make networks of its own; it needs root, network namespaces and veth devices (Debian: packages util-linux and iproute2)";

    private readonly Process _keeper;

    private NetworkNamespace(Process keeper) => _keeper = keeper;

    public string Pid => _keeper.Id.ToString(CultureInfo.InvariantCulture);

    public static async Task<NetworkNamespace> MakeAsync()
    {
        var start = new ProcessStartInfo("unshare", ["-n", "sh", "-c", "echo made && exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            var keeper = Process.Start(start)!;
            if (await keeper.StandardOutput.ReadLineAsync() == "made")
                return new(keeper);
            Assert.Fail($"{Needs}: {await keeper.StandardError.ReadToEndAsync()}");
        }
        catch (Win32Exception missing)
        {
            Assert.Fail($"{Needs}: {missing.Message}");
        }

        throw new UnreachableException();
    }

    /// <summary>Lays a cable between two of them.</summary>
    public static void Connect(NetworkNamespace left, string leftDevice, NetworkNamespace right, string rightDevice) =>
        Run("ip", "link", "add", leftDevice, "netns", left.Pid, "type", "veth", "peer", "name", rightDevice, "netns", right.Pid);

    /// <summary>Shell commands in the namespace, such as <c>ip route …</c>; each must succeed.</summary>
    public void Do(string commands) => Run("nsenter", "-n", "-t", Pid, "sh", "-ec", commands);

    /// <summary>A listening socket in the namespace, used from this process like any other.</summary>
    public Socket Listen()
    {
        using var own = File.OpenHandle("/proc/self/ns/net");
        using var other = File.OpenHandle($"/proc/{Pid}/ns/net");
        var (made, failure) = (-1, (Win32Exception?)null);
        // A socket belongs to the network of the thread that makes it, and threads (those of the pool, too) inherit it from whoever starts them. So: a thread of its own, which does nothing in there but this one call.
        var thread = new Thread(() =>
        {
            if (Enter((int)other.DangerousGetHandle(), 0) == 0)
                made = Create(AddressFamilyInet, StreamAndCloseOnExec, 0);
            if (made < 0)
                failure = new Win32Exception(Marshal.GetLastPInvokeError());
            _ = Enter((int)own.DangerousGetHandle(), 0);
        });
        thread.Start();
        thread.Join();
        Assert.True(failure is null, $"{Needs}: {failure?.Message}");
        var socket = new Socket(new SafeSocketHandle(made, ownsHandle: true));
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        socket.Listen();
        return socket;
    }

    public void Dispose()
    {
        _keeper.Kill();
        _keeper.WaitForExit();
        _keeper.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{Needs}. {program} {string.Join(' ', arguments)}: {error}");
        }
        catch (Win32Exception missing)
        {
            Assert.Fail($"{Needs}: {missing.Message}");
        }
    }

    private const int AddressFamilyInet = 2, StreamAndCloseOnExec = 1 | 0x80000;

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(int network, int kind);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);
}
