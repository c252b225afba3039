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
        Assert.True(ProcessIdentity.MayLive(Self, oneMachine: true));
        Assert.Equal($"{Environment.MachineName}-{Environment.ProcessId}", Self.Id);
        Assert.NotEqual(0, Self.ProcessStart);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pid_that_nobody_has_is_a_dead_process(bool oneMachine)
    {
        Assert.SkipUnless(oneMachine || OperatingSystem.IsLinux(), "Without a boot in the host's name it may be another machine's.");
        Assert.False(ProcessIdentity.MayLive(Self with { Pid = int.MaxValue }, oneMachine));
    }

    [Fact]
    public void A_pid_that_was_given_out_again_is_a_dead_process() =>
        Assert.False(ProcessIdentity.MayLive(Self with { ProcessStart = Self.ProcessStart - 1 }, oneMachine: true));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_process_of_another_container_or_machine_may_live(bool oneMachine)
    {
        Assert.True(ProcessIdentity.MayLive(Self with { Host = Self.Host + "x", Pid = int.MaxValue }, oneMachine));
        Assert.True(ProcessIdentity.MayLive(Self with { Host = "other-machine" + Self.Host, Pid = int.MaxValue }, oneMachine));
    }

    [Fact]
    public void A_process_from_before_the_last_boot_is_dead_unless_another_machine_may_have_the_same_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Boots are told apart by /proc.");
        var parts = ProcessIdentity.Host.Split('/');
        var other = Self with { Host = string.Join('/', [parts[0], "another-boot", .. parts[2..]]) };

        Assert.False(ProcessIdentity.MayLive(other, oneMachine: true));
        Assert.True(ProcessIdentity.MayLive(other, oneMachine: false));
    }

    [Fact]
    public void A_host_that_does_not_tell_its_boot_may_be_another_machine_of_that_name()
    {
        var nameless = Self with { Host = Environment.MachineName, Pid = int.MaxValue };

        Assert.True(ProcessIdentity.MayLive(nameless, oneMachine: false));
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
