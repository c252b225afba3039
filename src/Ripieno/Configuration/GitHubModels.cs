namespace Ripieno.Configuration;

/// <summary>What the configuration says of GitHub Models.</summary>
internal static class GitHubModels
{
    public const string DefaultEndpoint = "https://models.github.ai/inference";

    public const string TokenVariable = "GITHUB_TOKEN";

    /// <summary>What to do now that it is gone.</summary>
    public const string NextStep = "Choose another provider, or set runtime.github-models.endpoint to a service that speaks its protocol.";

    public const string Retired = $"GitHub Models was retired on 2026-07-30, its address answers no more calls. {NextStep}";

    /// <summary>Whether an address is one of the service's own, the one it had before included.</summary>
    public static bool IsRetired(Uri url) => url.Host is "models.github.ai" or "models.inference.ai.azure.com";
}
