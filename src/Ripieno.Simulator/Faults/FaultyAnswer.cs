using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ripieno.Simulator;

/// <summary>How each fault looks to the client.</summary>
internal static class FaultyAnswer
{
    private const int HugeBytes = 200 * 1024 * 1024;

    private static readonly TimeSpan TrickleGap = TimeSpan.FromSeconds(20);

    /// <summary>Faults that strike before any work. False when the fault comes later, in the answer.</summary>
    public static async Task<bool> BeforeWorkAsync(ChatExchange exchange, TimeProvider time, CancellationToken cancellation)
    {
        switch (exchange.Fault!.Kind)
        {
            case FaultKind.TooManyRequests:
                await Status(exchange, StatusCodes.Status429TooManyRequests, "too many requests", cancellation);
                return true;
            case FaultKind.Unavailable:
                await Status(exchange, StatusCodes.Status503ServiceUnavailable, "server busy, please try again", cancellation);
                return true;
            case FaultKind.ServerError:
                await Status(exchange, StatusCodes.Status500InternalServerError, "llama runner process has terminated", cancellation);
                return true;
            case FaultKind.Unauthorized:
                await Status(exchange, StatusCodes.Status401Unauthorized, "unauthorized", cancellation);
                return true;
            case FaultKind.Gone:
                await Status(exchange, StatusCodes.Status410Gone, "this model has been retired", cancellation);
                return true;
            case FaultKind.ContentFilter:
                await exchange.RefuseAsync(
                    StatusCodes.Status400BadRequest,
                    AzureProtocol.Error("content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."),
                    RequestOutcome.Faulted,
                    cancellation);
                return true;
            case FaultKind.HangBeforeHeaders:
                await Forever(time, cancellation);
                return true;
            case FaultKind.Html:
                exchange.End(RequestOutcome.Faulted);
                await exchange.OnlyAsync(StatusCodes.Status200OK, "text/html", "<!doctype html><html><body><h1>Please log in</h1></body></html>", cancellation);
                return true;
            case FaultKind.Garbage:
                exchange.End(RequestOutcome.Faulted);
                await exchange.OnlyAsync(StatusCodes.Status200OK, "application/json", "{\"model\":\u0001 oops]]\n", cancellation);
                return true;
            case FaultKind.Huge:
                await HugeAsync(exchange, cancellation);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Faults that strike an answer of which half has been sent.</summary>
    public static async Task InAnswerAsync(ChatExchange exchange, string rest, TimeProvider time, CancellationToken cancellation)
    {
        switch (exchange.Fault!.Kind)
        {
            case FaultKind.HangInStream:
                await Forever(time, cancellation);
                break;
            case FaultKind.Trickle:
                foreach (var single in Encoding.UTF8.GetBytes(rest))
                {
                    await Task.Delay(TrickleGap, time, cancellation);
                    await exchange.WriteAsync(new[] { single }, cancellation);
                }

                break;
            case FaultKind.Dropped:
                exchange.End(RequestOutcome.Faulted);
                exchange.Break();
                break;
            case FaultKind.ErrorInStream:
                exchange.End(RequestOutcome.Faulted);
                await exchange.WriteAsync(exchange.Protocol.ErrorInStream("an error was encountered while running the model"), cancellation);
                break;
            default:
                // Truncated: the body simply ends here.
                break;
        }
    }

    private static Task Status(ChatExchange exchange, int status, string text, CancellationToken cancellation) =>
        exchange.ErrorAsync(status, text, RequestOutcome.Faulted, cancellation);

    private static Task Forever(TimeProvider time, CancellationToken cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);

    private static async Task HugeAsync(ChatExchange exchange, CancellationToken cancellation)
    {
        var block = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        exchange.StartBody();
        await exchange.WriteAsync("{\"message\":{\"role\":\"assistant\",\"content\":\"", cancellation);
        for (var sent = 0; sent < HugeBytes; sent += block.Length)
            await exchange.WriteAsync(block, cancellation);
    }
}
