using Ripieno.Configuration;

namespace Ripieno.Workflows;

/// <summary>Between the configuration, a run's snapshot, and the bytes that the store keeps.</summary>
internal static class RunSnapshots
{
    /// <summary>Fixes what the configuration says now; prompt files are read here.</summary>
    /// <param name="options">Effective configuration.</param>
    /// <param name="projectFolder">Folder that prompt paths are relative to.</param>
    public static RunSnapshot Take(RipienoOptions options, string projectFolder) => throw new NotSupportedException("skeleton");

    /// <summary>UTF-8 JSON, the same bytes for the same snapshot.</summary>
    public static ReadOnlyMemory<byte> Write(RunSnapshot snapshot) => throw new NotSupportedException("skeleton");

    public static RunSnapshot Read(ReadOnlyMemory<byte> stored) => throw new NotSupportedException("skeleton");
}
