using Ripieno.Diagnostics;

namespace Ripieno.Tests.Diagnostics;

public sealed class MachineTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ripieno-machine-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Memory_is_the_machines_without_a_limit()
    {
        With("proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
        With("sys/fs/cgroup/memory.max", "max\n");

        Assert.Equal(16384 * 1024, new MachineMemory(_root.FullName).Read());
    }

    [Theory]
    [InlineData("sys/fs/cgroup/memory.max")]
    [InlineData("sys/fs/cgroup/memory/memory.limit_in_bytes")]
    [InlineData("sys/fs/cgroup/system.slice/memory.max")]
    [InlineData("sys/fs/cgroup/system.slice/app.service/memory.max")]
    public void A_control_groups_limit_binds(string file)
    {
        With("proc/meminfo", "MemTotal:       16384 kB\n");
        With("proc/self/cgroup", "0::/system.slice/app.service\n");
        With(file, "1048576\n");

        Assert.Equal(1048576, new MachineMemory(_root.FullName).Read());
    }

    [Fact]
    public void Memory_is_unknown_when_nothing_tells_it() => Assert.Null(new MachineMemory(_root.FullName).Read());

    [Fact]
    public void The_output_of_nvidia_smi_is_read_and_noise_ignored()
    {
        var gpus = MachineGpus.ParseNvidia("NVIDIA GeForce RTX 3060, 12288\nTesla, T4, 15360\r\nNVIDIA-SMI has failed, sorry\n[N/A], [N/A]\n");

        Assert.Equal([new MachineGpu("NVIDIA GeForce RTX 3060", 12288L << 20), new MachineGpu("Tesla, T4", 15360L << 20)], gpus);
    }

    [Fact]
    public void The_memory_of_AMD_cards_is_read_from_the_kernels_files()
    {
        With("sys/class/drm/card0/device/mem_info_vram_total", "8589934592\n");
        With("sys/class/drm/card1/device/vendor", "0x8086\n");

        Assert.Equal([new MachineGpu("AMD card0", 8L << 30)], new MachineGpus(_root.FullName).ReadAmd());
    }

    [Fact]
    public async Task This_machine_has_cores_and_memory_and_disk()
    {
        var machine = await MachineProbe.ReadAsync(Path.Combine(_root.FullName, "not/yet/there.db"), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.True(machine.Cores > 0);
        Assert.True(machine.Memory > 0);
        Assert.True(machine.FreeDisk > 0);
        Assert.Contains("cores", machine.ToString(), StringComparison.Ordinal);
    }

    private void With(string file, string text)
    {
        var path = Path.Combine(_root.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
