using System.Collections.Immutable;

namespace Ripieno.Diagnostics;

/// <summary>What this process may use of the machine it runs on.</summary>
/// <param name="Cores">Cores, a container's limit included.</param>
/// <param name="Memory">Bytes of memory, a container's limit included; null = unknown.</param>
/// <param name="Gpus">Graphics cards whose memory is known; empty = none found, which does not say that there is none.</param>
/// <param name="FreeDisk">Free bytes where the data lies; null = unknown.</param>
internal sealed record Machine(int Cores, long? Memory, ImmutableArray<MachineGpu> Gpus, long? FreeDisk)
{
    public const long Gigabyte = 1L << 30;

    /// <summary>Bytes of memory of all cards together; null = no card found.</summary>
    public long? GpuMemory => Gpus.IsEmpty ? null : Gpus.Sum(gpu => gpu.Memory);

    public override string ToString()
    {
        var gpus = Gpus.IsEmpty ? "no GPU found" : string.Join(", ", Gpus.Select(gpu => $"{gpu.Name} with {Size(gpu.Memory)}"));
        return $"{Cores} cores, {(Memory is { } memory ? Size(memory) : "unknown")} memory, {gpus}, {(FreeDisk is { } disk ? Size(disk) : "unknown")} free disk";
    }

    /// <summary>Bytes as people say them: <c>16 GB</c>, <c>7.5 GB</c>.</summary>
    public static string Size(long bytes) => FormattableString.Invariant($"{(double)bytes / Gigabyte:0.#} GB");
}

/// <summary>A graphics card.</summary>
/// <param name="Name">As the driver calls it.</param>
/// <param name="Memory">Bytes of its own memory.</param>
internal sealed record MachineGpu(string Name, long Memory);
