using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>What a look at a whole store found.</summary>
/// <param name="Store">What it is.</param>
/// <param name="Bytes">What it takes on disk or in memory, logs included.</param>
/// <param name="Runs">Runs by status.</param>
/// <param name="Steps">Steps of all runs.</param>
/// <param name="Pending">Wide changes that are still being carried out.</param>
/// <param name="Facts">What else is worth knowing, by name: free room, log size, …</param>
/// <param name="Problems">Where it does not agree with itself; empty = all is well. At most 100.</param>
internal sealed record StoreCheck(
    StoreDescription Store, long Bytes, IReadOnlyDictionary<RunStatus, long> Runs, long Steps, long Pending, IReadOnlyDictionary<string, string> Facts,
    IReadOnlyList<string> Problems)
{
    /// <summary>Name of the fact that the store is closed.</summary>
    public const string Closed = "closed";

    /// <summary>Name of the fact that there are runs of which a copy that was cut off has written a part.</summary>
    public const string HalfCopied = "runs half copied";
}
