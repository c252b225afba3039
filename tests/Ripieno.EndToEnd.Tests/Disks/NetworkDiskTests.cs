using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>Stores on network file systems, as the process sees them: in a mount namespace of its own, the kernel's list of mounts is covered by another one.</summary>
[Collection(Collections.Embedded)]
public sealed class NetworkDiskTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Promise", "I17")]
    public async Task Network_file_systems_are_refused_and_local_ones_are_not()
    {
        using var workspace = new Workspace();
        workspace.Write("backlog.json", StormBacklog.Write("run", tasks: 1));
        Directory.CreateDirectory(workspace.In("data"));

        string[] network = ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph", "fuse.glusterfs", "lustre"];
        foreach (var kind in network)
        {
            var refused = (await SubmitAsync(workspace, workspace.In("data"), kind)).Exits(3);
            Assert.Contains($"network file system ({kind})", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--store sqlite:", refused.Error, StringComparison.Ordinal);
            Assert.Contains(workspace.Store, refused.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(workspace.Store), "Nothing may be made there.");
        }

        string[] local = ["ext4", "xfs", "btrfs", "overlay", "zfs"];
        foreach (var kind in local)
            (await SubmitAsync(workspace, workspace.In("data"), kind)).Exits(0);
        output.Tell($"{network.Length} kinds of network file systems refused, {local.Length} kinds of local ones accepted");
    }

    [Fact]
    public async Task A_network_file_system_beside_the_stores_folder_does_not_matter()
    {
        using var workspace = new Workspace();
        workspace.Write("backlog.json", StormBacklog.Write("run", tasks: 1));
        Directory.CreateDirectory(workspace.In("dat"));

        // Mounted at …/dat; the store lies in …/data.
        (await SubmitAsync(workspace, workspace.In("dat"), "nfs4")).Exits(0);
    }

    [Fact]
    public async Task A_network_file_system_behind_a_link_is_refused()
    {
        using var workspace = new Workspace();
        workspace.Write("backlog.json", StormBacklog.Write("run", tasks: 1));
        Directory.CreateDirectory(workspace.In("remote"));
        Directory.CreateSymbolicLink(workspace.In("data"), workspace.In("remote"));

        var refused = (await SubmitAsync(workspace, workspace.In("remote"), "nfs4")).Exits(3);
        Assert.Contains("network file system (nfs4)", refused.Error, StringComparison.Ordinal);
    }

    private static async Task<ProcessResult> SubmitAsync(Workspace workspace, string mountPoint, string kind)
    {
        // The pid stays the same through exec, so the covered list is the one that the command reads.
        const string script = """
            { cat /proc/$$/mountinfo && printf '9999 1 0:99 / %s rw,relatime - %s server:/export rw\n' "$1" "$2"; } > "$3" &&
            mount --bind "$3" /proc/$$/mountinfo && shift 3 && exec "$@"
            """;
        var launcher = new Launcher("unshare", "-m", "sh", "-c", script, "sh", mountPoint, kind, workspace.In("mounts")) { PidFile = workspace.In("submit.pid") };
        using var submit = RipienoProcess.Start(launcher, workspace, null, "submit", "backlog.json", "--provider", "simulated", "--quiet");
        return await submit.WaitAsync();
    }
}
