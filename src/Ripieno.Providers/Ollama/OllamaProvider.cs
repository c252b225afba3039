using Microsoft.Extensions.AI;
using OllamaSharp.Models;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Credentials;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.Ollama;

/// <summary>Ollama servers, by their own protocol.</summary>
internal sealed class OllamaProvider(TimeProvider time) : IModelProvider, IDisposable
{
    private readonly ModelHttp _http = new(time, endpoint => new BearerKey(endpoint.Key));

    public string Kind => "ollama";

    public async Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            var client = _http.For(endpoint);
            var version = JsonReply.Text(await JsonReply.GetAsync(client, endpoint, "api/version", cancellation), "version");
            var tags = await JsonReply.GetAsync(client, endpoint, "api/tags", cancellation);
            return new(endpoint, Reachable: true, version, [.. Models(tags)], Failure: null);
        }
        catch (RipienoException failure)
        {
            return new(endpoint, Reachable: false, Version: null, [], failure.Message);
        }
    }

    public async Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation)
    {
        try
        {
            var running = await JsonReply.GetAsync(_http.For(endpoint), endpoint, "api/ps", cancellation);
            return Models(running).Any(loaded => InstalledModel.SameName(loaded.Name, model));
        }
        catch (RipienoException)
        {
            return null;
        }
    }

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) =>
        new GuardedChatClient(endpoint, options => Configure(options, model), new OllamaChat(_http.For(endpoint), model.Model));

    public void Dispose() => _http.Dispose();

    private static void Configure(ChatOptions options, ModelChoice model)
    {
        options.ModelId ??= model.Model;
        options.Temperature ??= (float)model.Temperature;
        options.AdditionalProperties ??= [];
        // Without it Ollama takes its own default window and cuts longer prompts silently.
        options.AdditionalProperties[OllamaOption.NumCtx.Name] = model.Context;
    }

    private static IEnumerable<InstalledModel> Models(System.Text.Json.JsonElement reply) =>
        JsonReply.Objects(reply, "models")
            .Select(model => (Name: JsonReply.Text(model, "name") ?? JsonReply.Text(model, "model"), Size: JsonReply.Number(model, "size")))
            .Where(model => model.Name is not null)
            .Select(model => new InstalledModel(model.Name!, model.Size));
}
