namespace Ripieno.Storage;

/// <summary>Bounds on what one step may store. They keep commits short: a commit's length bounds every other step's latency.</summary>
internal static class ContentLimits
{
    /// <summary>Bytes of one input or result.</summary>
    public const int Result = 1024 * 1024;

    /// <summary>Bytes of all artifacts of one step together.</summary>
    public const int Artifacts = 16 * 1024 * 1024;
}
