using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Models;

namespace Ripieno.Tests.Agents;

/// <summary>A model that says what the test wrote down, in small pieces, for 10 tokens in and 5 out, and remembers what it was asked.</summary>
internal sealed class ScriptedChatClient(params string[] answers) : IChatClient
{
    private int _next;

    public List<(IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Calls { get; } = [];

    /// <summary>Given with the last piece of every answer.</summary>
    public ChatFinishReason FinishReason { get; init; } = ChatFinishReason.Stop;

    public string User(int call) => Calls[call].Messages.Last(message => message.Role == ChatRole.User).Text;

    public string? System(int call) => Calls[call].Messages.FirstOrDefault(message => message.Role == ChatRole.System)?.Text;

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        Calls.Add(([.. messages], options!));
        options!.Progress?.Report(new("scripted is writing", Calls.Count));
        var answer = _next < answers.Length ? answers[_next++] : throw new InvalidOperationException($"Call {Calls.Count} was not expected.");
        foreach (var piece in answer.Chunk(Math.Max(7, answer.Length / 1000)))
            yield return new(ChatRole.Assistant, new string(piece));
        yield return new(ChatRole.Assistant, [new UsageContent(new() { InputTokenCount = 10, OutputTokenCount = 5 })]) { FinishReason = FinishReason };
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Agents stream.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
