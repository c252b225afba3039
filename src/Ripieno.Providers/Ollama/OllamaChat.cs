using OllamaSharp;
using OllamaSharp.Models;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.Ollama;

/// <summary>
/// OllamaSharp's client, which reads a stream's lines without a cancellation token: the call's token is handed to the handler, which
/// ends those reads.
/// </summary>
internal sealed class OllamaChat(HttpClient client, string model) : OllamaApiClient(client, model)
{
    protected override Task<HttpResponseMessage> SendToOllamaAsync(
        HttpRequestMessage requestMessage, OllamaRequest? ollamaRequest, HttpCompletionOption completionOption, CancellationToken cancellationToken)
    {
        requestMessage.Options.Set(ModelHttpHandler.CallCancellation, cancellationToken);
        return base.SendToOllamaAsync(requestMessage, ollamaRequest, completionOption, cancellationToken);
    }
}
