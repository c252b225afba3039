using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Models;
using Ripieno.Runs;

namespace Ripieno.Agents.Coded;

/// <summary>Counts the tokens of code that calls a model, and shows how far its calls are, as for any agent.</summary>
internal sealed class CountingChatClient(IChatClient inner, StepActivity activity) : IChatClient
{
    private readonly Lock _lock = new();

    public TokenUsage Usage { get; private set; }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await inner.GetResponseAsync(messages, Shown(options), cancellationToken);
        Count(response.Usage);
        return response;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in inner.GetStreamingResponseAsync(messages, Shown(options), cancellationToken))
        {
            foreach (var usage in update.Contents.OfType<UsageContent>())
                Count(usage.Details);
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : inner.GetService(serviceType, serviceKey);

    /// <summary>The client is the model path's, and lives as long as its instance.</summary>
    public void Dispose()
    {
    }

    private ChatOptions Shown(ChatOptions? options)
    {
        var shown = options?.Clone() ?? new();
        shown.Progress ??= activity;
        shown.Witness ??= activity;
        return shown;
    }

    private void Count(UsageDetails? usage)
    {
        // Code may call its model several times at once.
        lock (_lock)
            Usage += new TokenUsage(usage?.InputTokenCount ?? 0, usage?.OutputTokenCount ?? 0);
    }
}
