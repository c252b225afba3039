using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Tests.Workers;

public sealed class ProcessIdentityTests
{
    private static readonly InstanceRecord Self = ThisInstance.Describe(null, 2, new FakeTimeProvider());

    [Fact]
    public void This_process_lives()
    {
        Assert.True(ProcessIdentity.MayLive(Self));
        Assert.Equal($"{Environment.MachineName}-{Environment.ProcessId}", Self.Id);
        Assert.NotEqual(0, Self.ProcessStart);
    }

    [Fact]
    public void A_pid_that_nobody_has_is_a_dead_process() => Assert.False(ProcessIdentity.MayLive(Self with { Pid = int.MaxValue }));

    [Fact]
    public void A_pid_that_was_given_out_again_is_a_dead_process() =>
        Assert.False(ProcessIdentity.MayLive(Self with { ProcessStart = Self.ProcessStart - 1 }));

    [Fact]
    public void A_process_of_another_container_or_machine_may_live()
    {
        Assert.True(ProcessIdentity.MayLive(Self with { Host = Self.Host + "x", Pid = int.MaxValue }));
        Assert.True(ProcessIdentity.MayLive(Self with { Host = "other-machine" + Self.Host, Pid = int.MaxValue }));
    }

    [Fact]
    public void A_process_from_before_the_last_boot_is_dead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Boots are told apart by /proc.");
        var parts = ProcessIdentity.Host.Split('/');
        Assert.False(ProcessIdentity.MayLive(Self with { Host = string.Join('/', [parts[0], "an-earlier-boot", .. parts[2..]]) }));
    }

    [Fact]
    public void A_process_that_ended_but_was_not_collected_by_its_parent_is_dead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Zombies are read from /proc.");
        // The shell becomes a program that never collects the child it inherits.
        using var parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "echo $$; read line; sleep 0 & echo $!; exec sleep 600"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            parent.StandardOutput.ReadLine();
            parent.StandardInput.WriteLine();
            var child = int.Parse(parent.StandardOutput.ReadLine()!);
            for (var look = 0; look < 200_000 && !StateOf(child).StartsWith('Z'); look++)
                Thread.Yield();

            Assert.StartsWith("Z", StateOf(child), StringComparison.Ordinal);
            Assert.Null(ProcessIdentity.StartOf(child));
            Assert.NotNull(ProcessIdentity.StartOf(parent.Id));
        }
        finally
        {
            parent.Kill();
            parent.WaitForExit();
        }

        static string StateOf(int pid)
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..];
        }
    }
}
