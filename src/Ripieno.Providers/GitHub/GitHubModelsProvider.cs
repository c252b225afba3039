using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Credentials;
using Ripieno.Providers.Http;
using Ripieno.Providers.OpenAi;

namespace Ripieno.Providers.GitHub;

/// <summary>GitHub Models, or a service that has taken its place: OpenAI's protocol without a list of models that could be relied on.</summary>
internal sealed class GitHubModelsProvider(TimeProvider time) : IModelProvider, IDisposable
{
    private readonly ModelHttp _http = new(time, endpoint => new BearerKey(endpoint.Key));

    public string Kind => ProviderKind.GitHubModels;

    /// <summary>It is far away, and behind a gateway.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(10);

    public async Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            var listed = await JsonReply.GetAsync(_http.For(endpoint), endpoint, "models", cancellation);
            var models = JsonReply.Objects(listed, "data").Select(model => JsonReply.Text(model, "id")).OfType<string>().ToList();
            return new(endpoint, Reachable: true, Version: null, [.. models.Select(name => new InstalledModel(name, Size: null))], Failure: null) { ListsModels = models.Count > 0 };
        }
        catch (RipienoException failure) when (failure is ModelCallException or ModelRejectedException { Refusal: ModelRefusal.Model })
        {
            // A server that has no such list, or another kind of list, answers all the same.
            return new(endpoint, Reachable: true, Version: null, [], Failure: null) { ListsModels = false };
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
