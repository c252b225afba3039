using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Credentials;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.OpenAi;

/// <summary>Servers that speak OpenAI's protocol: OpenAI, vLLM, llama.cpp and others.</summary>
internal sealed class OpenAiProvider(TimeProvider time) : IModelProvider, IDisposable
{
    private readonly ModelHttp _http = new(time, endpoint => new BearerKey(endpoint.Key));

    public string Kind => ProviderKind.OpenAI;

    public async Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            var listed = await JsonReply.GetAsync(_http.For(endpoint), endpoint, "models", cancellation);
            var models = JsonReply.Objects(listed, "data").Select(model => JsonReply.Text(model, "id")).OfType<string>();
            return new(endpoint, Reachable: true, Version: null, [.. models.Select(name => new InstalledModel(name, Size: null))], Failure: null);
        }
        catch (RipienoException failure)
        {
            return new(endpoint, Reachable: false, Version: null, [], failure.Message);
        }
    }

    public Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation) => Task.FromResult<bool?>(null);

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) => OpenAiClient.Create(_http.For(endpoint), endpoint, model, model.Model);

    public void Dispose() => _http.Dispose();
}
