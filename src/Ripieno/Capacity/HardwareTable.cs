using System.Collections.Immutable;

namespace Ripieno.Capacity;

/// <summary>
/// The scaling guide's hardware recommendations: what a machine that serves the models itself needs for a concurrency. Figures are the lower ends; a machine in the
/// middle of a row manages the row, one at its lower end only with small prompts.
/// </summary>
internal static class HardwareTable
{
    /// <summary>Each concurrent agent takes at least this much (the guide's 2–4 cores, 4–8 GB of memory, 4–8 GB of GPU memory).</summary>
    public const int CoresEach = 2;

    public const int GigabytesEach = 4;

    public const int GpuGigabytesEach = 4;

    public static ImmutableArray<HardwareRow> Rows { get; } =
    [
        new(1, 2, 4, 8, 16, 8),
        new(3, 4, 8, 16, 32, 12),
        new(5, 8, 16, 32, 64, 24),
    ];

    /// <summary>The row that holds a concurrency; null above the table.</summary>
    public static HardwareRow? RowFor(int concurrency) => Rows.FirstOrDefault(row => concurrency <= row.To);
}

/// <summary>One row of the table; sizes in GB.</summary>
internal sealed record HardwareRow(int From, int To, int Cores, int MostCores, int Memory, int GpuMemory)
{
    public override string ToString() => $"{From}–{To}";
}
