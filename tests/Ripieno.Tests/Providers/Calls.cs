using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Simulator;
using Ripieno.Tests.Models.Simulated;

namespace Ripieno.Tests.Providers;

/// <summary>Calls to a simulator by either of the providers that speak HTTP, streamed or not.</summary>
internal sealed class Calls(ModelSimulator simulator, TimeProvider? time = null) : IDisposable
{
    private readonly ModelProviders _providers = ModelProviders.Create(new RipienoOptions(), time ?? TimeProvider.System);

    public static ChatOptions ReviewOptions { get; } = new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(Schemas.Parse(Schemas.Review), "review") };

    public IModelProvider Provider(string kind) => _providers.ByKind[kind];

    public Endpoint Endpoint(string kind, string? key = null) =>
        new("here", kind, kind == "openai" ? simulator.OpenAiUrl : simulator.Url, Concurrency: 2, Limit: null, key is null ? null : new Secret(key));

    public IChatClient Client(string kind, string? key = null, string model = "llama3.2") =>
        Provider(kind).CreateClient(Endpoint(kind, key), new ModelChoice(kind, model, Context: 4096, Temperature: 0.25, Parallel: true));

    public async Task<ChatResponse> AskAsync(string kind, bool stream, ChatOptions? options = null, CancellationToken cancellation = default)
    {
        using var client = Client(kind);
        return await AskAsync(client, stream, options, cancellation);
    }

    public static async Task<ChatResponse> AskAsync(IChatClient client, bool stream, ChatOptions? options = null, CancellationToken cancellation = default)
    {
        ChatMessage[] messages = [new(ChatRole.System, "You review."), new(ChatRole.User, "Is it good? 🎻")];
        return stream
            ? await client.GetStreamingResponseAsync(messages, options, cancellation).ToChatResponseAsync(cancellation)
            : await client.GetResponseAsync(messages, options, cancellation);
    }

    public void Dispose() => _providers.Dispose();
}
