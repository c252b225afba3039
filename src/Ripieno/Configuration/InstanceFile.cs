using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>A config file beside the project's own: <c>agents.config.NAME.json</c>, for one instance.</summary>
/// <param name="Name">What stands between, such as <c>instance1</c>.</param>
/// <param name="File">As the user knows it.</param>
internal sealed record InstanceFile(string Name, string File)
{
    /// <summary>Null when it is wrong.</summary>
    public LoadedConfiguration? Loaded { get; init; }

    /// <summary>Empty when it is right.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>What it says otherwise than the base, in the order of the config.</summary>
    public IReadOnlyList<InstanceDifference> Differences { get; init; } = [];
}
