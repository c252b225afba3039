using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Ripieno.Hosting;

/// <summary>Lets an agent of another framework answer prompts. Each call is a conversation of its own: what a run remembers is in its store.</summary>
internal sealed class AgentChatClient(AIAgent agent) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        (await agent.RunAsync(messages, session: null, Options(options), cancellationToken)).AsChatResponse();

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        agent.RunStreamingAsync(messages, session: null, Options(options), cancellationToken).AsChatResponseUpdatesAsync();

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : agent.GetService(serviceType, serviceKey);

    /// <summary>The agent is the user's.</summary>
    public void Dispose()
    {
    }

    /// <summary>Model and temperature are the agent's own business; how the answer must look is the step's.</summary>
    private static AgentRunOptions Options(ChatOptions? options) => new() { ResponseFormat = options?.ResponseFormat };
}
