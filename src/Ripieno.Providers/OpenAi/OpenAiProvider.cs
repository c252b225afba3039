using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.OpenAi;

/// <summary>Servers that speak OpenAI's protocol: OpenAI, vLLM, llama.cpp, GitHub Models and others.</summary>
internal sealed class OpenAiProvider(TimeProvider time) : IModelProvider, IDisposable
{
    private readonly ModelHttp _http = new(time);

    public string Kind => "openai";

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

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) =>
        new GuardedChatClient(endpoint, options => Configure(options, model), Client(endpoint, model).AsIChatClient());

    public void Dispose() => _http.Dispose();

    private ChatClient Client(Endpoint endpoint, ModelChoice model) => new(
        model.Model,
        // Never sent: the handler sets the endpoint's own key, or none.
        new ApiKeyCredential("unused"),
        new OpenAI.OpenAIClientOptions
        {
            Endpoint = endpoint.Url,
            Transport = new HttpClientPipelineTransport(_http.For(endpoint)),
            // Retries and time limits belong to the model path.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        });

    private static void Configure(ChatOptions options, ModelChoice model)
    {
        options.ModelId ??= model.Model;
        options.Temperature ??= (float)model.Temperature;
    }
}
