namespace Ripieno.Configuration;

/// <summary>Names of providers as they stand in config.</summary>
internal static class ProviderKind
{
    public const string Ollama = "ollama";
    public const string OpenAI = "openai";
    public const string AzureOpenAI = "azure-openai";
    public const string GitHubModels = "github-models";
    public const string Simulated = "simulated";

    /// <summary>In snapshots only: an agent that is code of a program and calls no model.</summary>
    public const string Code = "code";

    /// <summary>Kinds that this version can call.</summary>
    public static IReadOnlyList<string> Usable { get; } = [Ollama, OpenAI, AzureOpenAI, GitHubModels, Simulated];

    /// <summary>The key that names the variable with the kind's credential.</summary>
    public static string KeyOf(string kind) => kind == GitHubModels ? "tokenEnv" : "keyEnv";
}
