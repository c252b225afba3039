using System.Collections.Concurrent;
using System.Net;

namespace Ripieno.Tests.Callbacks;

/// <summary>A receiver in the place of the network: answers as told, and keeps what it got.</summary>
internal sealed class FakeReceiver : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<CancellationToken, Task<HttpResponseMessage>>> _answers = new();
    private readonly ConcurrentQueue<Received> _got = new();

    /// <summary>In the order in which it came.</summary>
    public IReadOnlyList<Received> Got => [.. _got];

    /// <summary>The next answers; after them every message is taken.</summary>
    public void Next(params HttpStatusCode[] statuses)
    {
        foreach (var status in statuses)
            Next(() => new(status));
    }

    public void Next(Func<HttpResponseMessage> answer) => _answers.Enqueue(_ => Task.FromResult(answer()));

    /// <summary>The next message gets no answer.</summary>
    public void NextHangs() => _answers.Enqueue(async cancellation =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return new();
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var headers = request.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        _got.Enqueue(new(request.RequestUri!, headers, await request.Content!.ReadAsByteArrayAsync(cancellationToken), request.Content.Headers.ContentType?.MediaType));
        return _answers.TryDequeue(out var answer) ? await answer(cancellationToken) : new(HttpStatusCode.NoContent);
    }
}

internal sealed record Received(Uri Url, IReadOnlyDictionary<string, string> Headers, byte[] Body, string? MediaType)
{
    public string Id => Headers["webhook-id"];
}
