namespace Ripieno.Models;

/// <summary>What a look at an endpoint showed.</summary>
/// <param name="Endpoint">The endpoint looked at.</param>
/// <param name="Reachable">The server answered as its kind should.</param>
/// <param name="Version">Server version, when it tells one.</param>
/// <param name="Models">Installed models, by name as the server prints it (<c>llama3.2:latest</c>).</param>
/// <param name="Failure">Why it is not reachable, in one sentence; null when it is.</param>
internal sealed record EndpointReport(Endpoint Endpoint, bool Reachable, string? Version, IReadOnlyList<InstalledModel> Models, string? Failure)
{
    /// <summary>False when the server does not tell which models it serves: then any may be one of them.</summary>
    public bool ListsModels { get; init; } = true;

    /// <summary>True when the model is installed; <c>llama3.2</c> means <c>llama3.2:latest</c>, as in Ollama itself.</summary>
    public bool Has(string model) => !ListsModels || Models.Any(installed => InstalledModel.SameName(installed.Name, model));
}

/// <summary>A model that an endpoint serves.</summary>
/// <param name="Name">Name as the server prints it.</param>
/// <param name="Size">Bytes on disk; null when the server does not say.</param>
internal sealed record InstalledModel(string Name, long? Size)
{
    public static bool SameName(string left, string right) =>
        string.Equals(WithTag(left), WithTag(right), StringComparison.OrdinalIgnoreCase);

    private static string WithTag(string name) => name.Contains(':', StringComparison.Ordinal) ? name : name + ":latest";
}
