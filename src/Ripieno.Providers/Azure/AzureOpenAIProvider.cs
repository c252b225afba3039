using Azure.Core;
using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Http;
using Ripieno.Providers.OpenAi;

namespace Ripieno.Providers.Azure;

/// <summary>Azure OpenAI by its <c>/openai/v1</c> API, which is OpenAI's protocol with deployments for models.</summary>
internal sealed class AzureOpenAIProvider : IModelProvider, IDisposable
{
    private readonly ModelHttp _http;
    private readonly EntraToken _token;

    /// <param name="time">Clock of pauses and tokens.</param>
    /// <param name="credential">Where tokens of Entra ID come from; null = what the machine, the environment or the user's login offers.</param>
    public AzureOpenAIProvider(TimeProvider time, Func<TokenCredential>? credential = null)
    {
        // The library of the default is loaded when the lambda is first called.
        _token = new(credential ?? (static () => new global::Azure.Identity.DefaultAzureCredential()), time);
        _http = new(time, endpoint => endpoint.Key is { } key ? new ApiKeyHeader(key) : _token);
    }

    public string Kind => ProviderKind.AzureOpenAI;

    /// <summary>The first token may take a process of the Azure CLI, or questions to machines that are not there.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(15);

    public async Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            // It lists what could be deployed, not what is.
            await JsonReply.GetAsync(_http.For(endpoint), endpoint, "models", cancellation);
            return new(endpoint, Reachable: true, Version: null, [], Failure: null) { ListsModels = false };
        }
        catch (RipienoException failure)
        {
            return new(endpoint, Reachable: false, Version: null, [], failure.Message);
        }
    }

    public Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation) => Task.FromResult<bool?>(null);

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) =>
        OpenAiClient.Create(_http.For(endpoint), endpoint, model, model.Deployment ?? model.Model);

    public void Dispose()
    {
        _http.Dispose();
        _token.Dispose();
    }
}
