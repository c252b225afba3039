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

    public void End() => _updates.Writer.TryComplete();

    public void Fail(Exception exception) => _updates.Writer.TryComplete(exception);

    public IAsyncEnumerable<ChatResponseUpdate> ReadAsync(CancellationToken cancellation) => _updates.Reader.ReadAllAsync(cancellation);
}
