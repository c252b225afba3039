namespace Ripieno.Configuration;

/// <summary>Names of providers as they stand in config.</summary>
internal static class ProviderKind
{
    public const string Ollama = "ollama";
    public const string OpenAI = "openai";
    public const string Simulated = "simulated";

    /// <summary>In snapshots only: an agent that is code of a program and calls no model.</summary>
    public const string Code = "code";

    /// <summary>Kinds that this version can call.</summary>
    public static IReadOnlyList<string> Usable { get; } = [Ollama, OpenAI, Simulated];

    /// <summary>Kinds whose sections may stand in a file, but which this version cannot call.</summary>
    public static IReadOnlyList<string> Later { get; } = ["azure-openai", "github-models"];
}
