using Microsoft.AspNetCore.Http;
using Ripieno.Workers;

namespace Ripieno.Server;

/// <summary>Two questions of supervisors. The answers have no details: who may ask is not asked.</summary>
internal static class InstanceHealth
{
    /// <summary>Is there any use in this process? A store that is away is no reason to start another one.</summary>
    public static Task LiveAsync(HttpContext context, Worker worker) => AnswerAsync(context, worker.IsAlive, worker.IsAlive ? "alive" : "hangs");

    /// <summary>Can it take work?</summary>
    public static Task ReadyAsync(HttpContext context, Worker worker)
    {
        var readiness = worker.Readiness;
        return AnswerAsync(context, readiness == Readiness.Ready, readiness switch
        {
            Readiness.Ready => "ready",
            Readiness.Starting => "starting",
            Readiness.Draining => "draining",
            _ => "cannot reach the store",
        });
    }

    private static Task AnswerAsync(HttpContext context, bool good, string text)
    {
        context.Response.StatusCode = good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
