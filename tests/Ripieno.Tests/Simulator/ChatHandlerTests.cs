using System.Text;
using Microsoft.AspNetCore.Http;
using Ripieno.Simulator;

namespace Ripieno.Tests.Simulator;

public sealed class ChatHandlerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_is_out_of_the_gauge_before_its_client_can_see_the_end(bool stream)
    {
        var options = new SimulatorOptions();
        using var log = new RequestLog(options);
        using var handler = new ChatHandler(options, new LoadedModels(options), log, new FaultPlan(options), CancellationToken.None);
        using var watched = new WatchedBody(() => handler.InFlight.Now);
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(
            Encoding.UTF8.GetBytes($$"""{ "model": "llama3.2", "stream": {{(stream ? "true" : "false")}}, "messages": [ { "role": "user", "content": "Hello." } ] }"""));
        context.Response.Body = watched;

        await handler.HandleAsync(context, new OllamaProtocol());

        Assert.True(watched.Seen.Count > 1);
        Assert.All(watched.Seen[..^1], inFlight => Assert.Equal(1, inFlight));
        Assert.Equal(0, watched.Seen[^1]);
    }

    /// <summary>Looks at the gauge at each write.</summary>
    private sealed class WatchedBody(Func<int> gauge) : MemoryStream
    {
        public List<int> Seen { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Seen.Add(gauge());
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
