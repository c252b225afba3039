using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ripieno.Simulator;

/// <summary>One accepted call: its request, its response, and the one moment at which it ends.</summary>
internal sealed class ChatExchange(HttpContext context, ChatProtocol protocol, ChatCall call, SimulatedRequest request, Action<RequestOutcome> ended)
{
    private int _hasEnded;

    public ChatProtocol Protocol => protocol;

    public ChatCall Call => call;

    public Fault? Fault => request.Fault;

    /// <summary>
    /// Takes the call out of the gauge and the log's open calls. To be called before the last bytes go out: a client that has read them
    /// may start its next call before this server comes back from its write, and would then be counted twice.
    /// </summary>
    public void End(RequestOutcome outcome)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
            ended(outcome);
    }

    public Task ErrorAsync(int status, string text, RequestOutcome outcome, CancellationToken cancellation) =>
        RefuseAsync(status, protocol.Error(text), outcome, cancellation);

    /// <param name="status">Status of the response.</param>
    /// <param name="body">As the protocol writes errors.</param>
    /// <param name="outcome">How the call ended.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public Task RefuseAsync(int status, string body, RequestOutcome outcome, CancellationToken cancellation)
    {
        End(outcome);
        return OnlyAsync(status, "application/json", body, cancellation);
    }

    /// <summary>A response of one text. The call must have ended.</summary>
    public Task OnlyAsync(int status, string type, string text, CancellationToken cancellation)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        if (Fault?.RetryAfter is { } after)
            context.Response.Headers.RetryAfter = after;
        if (Fault?.RetryAfterMilliseconds is { } exactly)
            context.Response.Headers["retry-after-ms"] = exactly;
        return context.Response.WriteAsync(text, cancellation);
    }

    public void StartBody()
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = call.Stream ? protocol.StreamType : "application/json";
    }

    public Task WriteAsync(string text, CancellationToken cancellation) => WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(bytes, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }

    public void Break() => context.Abort();
}
