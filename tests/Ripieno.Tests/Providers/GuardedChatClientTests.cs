using Microsoft.Extensions.AI;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Http;

namespace Ripieno.Tests.Providers;

public sealed class GuardedChatClientTests
{
    private static readonly Endpoint Endpoint = new("here", "ollama", new Uri("http://user:word@localhost:1/secret"), Concurrency: 1, Limit: null, new Secret("sk-1"));

    private static readonly ChatResponseUpdate End = new(ChatRole.Assistant, "") { FinishReason = ChatFinishReason.Stop };

    [Fact]
    public async Task An_answer_larger_than_anyone_can_keep_is_refused_as_it_grows()
    {
        const int piece = GuardedChatClient.LongestAnswer / 4;
        var inner = new ScriptedClient([.. Enumerable.Repeat(new ChatResponseUpdate(ChatRole.Assistant, new string('x', piece)), 100), End]);

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => ReadAsync(inner));

        Assert.Contains("more than 16 million letters", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, inner.Given);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_no_answer() =>
        await Assert.ThrowsAsync<ModelCallException>(() => ReadAsync(new ScriptedClient([new(ChatRole.Assistant, "half")])));

    [Fact]
    public async Task Whatever_the_sdk_throws_is_a_failed_call()
    {
        var failure = await Assert.ThrowsAsync<ModelCallException>(() => ReadAsync(new ScriptedClient([]) { Failure = new InvalidOperationException("oops") }));

        Assert.Contains("oops", failure.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(failure.InnerException);
    }

    [Fact]
    public async Task Neither_key_nor_user_info_nor_path_show_in_messages()
    {
        var inner = new ScriptedClient([]) { Failure = ModelFailure.Status(Endpoint, System.Net.HttpStatusCode.Unauthorized, "wrong key:\n sk-1 ", null, Endpoint.Key) };

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => ReadAsync(inner));

        Assert.Equal("Endpoint 'here' (http://localhost:1) answered 401: wrong key: ***. Ollama asks for no key: look for a proxy in between.", failure.Message);
    }

    [Fact]
    public async Task The_callers_options_stay_as_they_are()
    {
        var options = new ChatOptions();

        await ReadAsync(new ScriptedClient([End]), options);

        Assert.Null(options.ModelId);
    }

    private static async Task ReadAsync(ScriptedClient inner, ChatOptions? options = null)
    {
        using var client = new GuardedChatClient(Endpoint, configured => configured.ModelId = "model", inner);
        await client.GetStreamingResponseAsync("hello", options).ToChatResponseAsync();
    }

    private sealed class ScriptedClient(IReadOnlyList<ChatResponseUpdate> updates) : IChatClient
    {
        public Exception? Failure { get; init; }

        public int Given { get; private set; }

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (Failure is not null)
                throw Failure;
            foreach (var update in updates)
            {
                Given++;
                yield return update;
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
