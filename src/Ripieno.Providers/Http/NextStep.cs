using Ripieno.Configuration;
using Ripieno.Models;

namespace Ripieno.Providers.Http;

/// <summary>What the user can do about a refusal, in the words of the endpoint's kind.</summary>
internal static class NextStep
{
    public static string Credentials(Endpoint endpoint) => endpoint switch
    {
        { Provider: ProviderKind.Ollama } => "Ollama asks for no key: look for a proxy in between.",
        { Provider: ProviderKind.GitHubModels } => "Check the token in the variable that runtime.github-models.tokenEnv names.",
        { Provider: ProviderKind.AzureOpenAI, Key: null } => "Give the identity the role 'Cognitive Services OpenAI User' on the resource, and check that the resource is of its tenant.",
        _ => $"Check the key in the variable that runtime.{endpoint.Provider}.keyEnv names.",
    };

    public static string Model(Endpoint endpoint) => endpoint.Provider == ProviderKind.AzureOpenAI
        ? "Check the deployment's name (models.azure-openai.MODEL.deployment, or the variable that runtime.azure-openai.deploymentEnv names), that it is deployed, and the resource's URL."
        : "Check the model's name, that it is installed, and the endpoint's URL.";

    public static string Gone(Endpoint endpoint) => endpoint.Provider == ProviderKind.GitHubModels && GitHubModels.IsRetired(endpoint.Url)
        ? GitHubModels.Retired
        : $"The model or the service has been withdrawn and is not asked again. Choose another model or provider, or correct runtime.{endpoint.Provider}.";
}
