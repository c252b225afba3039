using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Ripieno.Models;

namespace Ripieno.Tests.Models;

/// <summary>A call that has arrived at an endpoint.</summary>
internal sealed class FakeCall(Endpoint endpoint, ChatOptions? options = null)
{
    private readonly Channel<ChatResponseUpdate> _updates = Channel.CreateUnbounded<ChatResponseUpdate>();

    public Endpoint Endpoint => endpoint;

    public ChatOptions? Options => options;

    public void Say(string text) => _updates.Writer.TryWrite(new(ChatRole.Assistant, text));

    /// <summary>What the server says that it has cost.</summary>
    public void Cost(int input, int output) => _updates.Writer.TryWrite(
        new(ChatRole.Assistant, [new UsageContent(new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output })]));

    public void End() => _updates.Writer.TryComplete();

    public void Fail(Exception exception) => _updates.Writer.TryComplete(exception);

    public IAsyncEnumerable<ChatResponseUpdate> ReadAsync(CancellationToken cancellation) => _updates.Reader.ReadAllAsync(cancellation);
}
