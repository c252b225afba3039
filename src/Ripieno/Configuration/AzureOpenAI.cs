namespace Ripieno.Configuration;

/// <summary>What the configuration says of Azure OpenAI.</summary>
internal static class AzureOpenAI
{
    public const string EntraId = "entra-id";
    public const string Key = "key";

    public const string EndpointVariable = "AZURE_OPENAI_ENDPOINT";
    public const string KeyVariable = "AZURE_OPENAI_API_KEY";

    public const string ExpectedUrl = "the URL of a resource such as https://NAME.openai.azure.com";

    private const string Path = "/openai/v1";

    /// <summary>A resource's URL, or one with <c>/openai/v1</c> already below it, as the address of the API whose shape does not change with a version.</summary>
    public static Uri Address(Uri resource) =>
        new(resource.AbsoluteUri.TrimEnd('/') is var url && url.EndsWith(Path, StringComparison.OrdinalIgnoreCase) ? url : url + Path);

    /// <summary>Puts in what the variables hold: address and default deployment. What is wrong with them is <see cref="ConfigurationValidation"/>'s to say.</summary>
    public static RipienoOptions WithEnvironment(RipienoOptions options, Func<string, string?> environment)
    {
        var provider = EffectiveEndpoints.Provider(options, ProviderKind.AzureOpenAI);
        var url = provider.EndpointEnv is { } place && environment(place)?.Trim() is { } text && ConfigurationTexts.Url.Accepts(text) ? new Uri(text) : provider.Host;
        var deployment = provider.DeploymentEnv is { } variable && environment(variable)?.Trim() is { Length: > 0 } name ? name : null;
        if (url == provider.Host && deployment == provider.Deployment)
            return options;
        provider = provider with { Host = url, Deployment = deployment };
        return options with { Runtime = options.Runtime with { Providers = options.Runtime.Providers.SetItem(ProviderKind.AzureOpenAI, provider) } };
    }
}
