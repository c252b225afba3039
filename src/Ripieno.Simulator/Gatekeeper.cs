using Microsoft.AspNetCore.Http;

namespace Ripieno.Simulator;

/// <summary>Lets in who names the right credential, as services in the cloud do.</summary>
internal sealed class Gatekeeper(SimulatorOptions options)
{
    /// <summary>Azure: the resource's key in its own header, or a token.</summary>
    public bool AdmitsToAzure(HttpRequest request) =>
        (options.Key is null && options.Token is null)
        || (options.Key is not null && request.Headers["api-key"] == options.Key)
        || (options.Token is not null && request.Headers.Authorization == $"Bearer {options.Token}");

    /// <summary>GitHub: a token.</summary>
    public bool AdmitsToGitHub(HttpRequest request) => options.Token is null || request.Headers.Authorization == $"Bearer {options.Token}";

    /// <summary>Says what was wrong, and as careless servers do also what was sent.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        var sent = context.Request.Headers["api-key"].ToString() is { Length: > 0 } key ? key : context.Request.Headers.Authorization.ToString();
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            AzureProtocol.Error("401", $"Access denied due to invalid subscription key or wrong API endpoint. You sent: {sent}"), context.RequestAborted);
    }
}
