using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Models.Simulated;

namespace Ripieno.Providers.Simulated;

/// <summary>One simulated model: its answer comes in pieces, in the time configured.</summary>
internal sealed class SimulatedChatClient(string model, ProviderOptions options, TimeProvider time) : IChatClient
{
    private const int MostPieces = 16;

    /// <summary>Calls take from half to one and a half of the latency: even times would make a run look like clockwork.</summary>
    private const double Spread = 0.5;

    private readonly SimulatedAnswers _answers = new(options.Seed, options.RevisionRate);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var conversation = messages.Select(message => new SimulatedMessage(message.Role.Value, message.Text)).ToList();
        var text = _answers.Answer(conversation, Schema(options?.ResponseFormat));
        var pieces = TokenEstimate.Pieces(text, MostPieces);
        var pause = Latency(text) / (pieces.Count + 1);

        await PauseAsync(pause, cancellationToken);
        foreach (var piece in pieces)
        {
            await PauseAsync(pause, cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, piece) { ModelId = model };
        }

        yield return Last(TokenEstimate.Of(conversation), TokenEstimate.Of(text));
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    /// <summary>Any JSON, when JSON is asked for without a schema; none when a text is.</summary>
    private static System.Text.Json.JsonElement? Schema(ChatResponseFormat? format) =>
        format is ChatResponseFormatJson json ? json.Schema ?? System.Text.Json.JsonElement.Parse("{}") : null;

    private ChatResponseUpdate Last(int input, int output) => new(
        ChatRole.Assistant,
        [new UsageContent(new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output })])
    {
        FinishReason = ChatFinishReason.Stop,
        ModelId = model,
    };

    private TimeSpan Latency(string text) => options.Latency * (1 - Spread + (2 * Spread * new SeededRandom(options.Seed, "latency", text).Fraction()));

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, time, cancellation);
    }
}
