using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Ripieno.Models;

namespace Ripieno.Tests.Models;

/// <summary>A provider whose calls the test answers by hand.</summary>
internal sealed class FakeProvider(string kind = "fake") : IModelProvider
{
    private readonly Channel<FakeCall> _calls = Channel.CreateUnbounded<FakeCall>();
    private readonly ConcurrentDictionary<FakeCall, bool> _inFlight = [];
    private readonly Lock _lock = new();

    public string Kind => kind;

    public int InFlight => _inFlight.Count;

    public int MostInFlight { get; private set; }

    /// <summary>Calls begun so far.</summary>
    public int Begun { get; private set; }

    public bool? Loaded { get; set; } = true;

    public int LoadedAsked { get; private set; }

    public Func<Endpoint, CancellationToken, Task<EndpointReport>> Probe { get; set; } =
        (endpoint, _) => Task.FromResult(new EndpointReport(endpoint, true, "1.0", [], null));

    /// <summary>The next call to arrive at an endpoint, in order.</summary>
    public async Task<FakeCall> NextAsync() => await _calls.Reader.ReadAsync();

    /// <summary>True when a call has arrived that <see cref="NextAsync"/> has not handed out.</summary>
    public bool HasNext => _calls.Reader.TryPeek(out _);

    public Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation) => Probe(endpoint, cancellation);

    public Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation)
    {
        LoadedAsked++;
        return Task.FromResult(Loaded);
    }

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) => new Client(this, endpoint);

    private async IAsyncEnumerable<ChatResponseUpdate> AnswerAsync(Endpoint endpoint, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var call = new FakeCall(endpoint, options);
        _inFlight[call] = true;
        lock (_lock)
        {
            Begun++;
            MostInFlight = Math.Max(MostInFlight, _inFlight.Count);
        }

        _calls.Writer.TryWrite(call);
        try
        {
            await foreach (var update in call.ReadAsync(cancellation))
                yield return update;
        }
        finally
        {
            _inFlight.TryRemove(call, out _);
        }
    }

    private sealed class Client(FakeProvider provider, Endpoint endpoint) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("The model path streams.");

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            provider.AnswerAsync(endpoint, options, cancellationToken);

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
