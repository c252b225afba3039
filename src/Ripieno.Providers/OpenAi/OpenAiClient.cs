using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using Ripieno.Models;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.OpenAi;

/// <summary>OpenAI's SDK, brought under the model path.</summary>
internal static class OpenAiClient
{
    /// <param name="http">Sends the requests, credentials included.</param>
    /// <param name="endpoint">Whose URL the paths start from.</param>
    /// <param name="model">The model's options.</param>
    /// <param name="name">By which the server is asked for it.</param>
    public static IChatClient Create(HttpClient http, Endpoint endpoint, ModelChoice model, string name)
    {
        var client = new ChatClient(
            name,
            // Never sent: the handler sets the endpoint's own credential, or none.
            new ApiKeyCredential("unused"),
            new OpenAI.OpenAIClientOptions
            {
                Endpoint = endpoint.Url,
                Transport = new HttpClientPipelineTransport(http),
                // Retries and time limits belong to the model path.
                RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
                NetworkTimeout = Timeout.InfiniteTimeSpan,
            });
        return new GuardedChatClient(
            endpoint,
            options =>
            {
                options.ModelId = name;
                options.Temperature ??= (float)model.Temperature;
            },
            client.AsIChatClient());
    }
}
