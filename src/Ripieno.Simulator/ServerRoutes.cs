using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Ripieno.Simulator;

/// <summary>The paths of all protocols.</summary>
internal sealed class ServerRoutes(ChatHandler chat, LoadedModels models, SimulatorOptions options)
{
    /// <summary>Says plainly that this is no real server.</summary>
    public const string Version = "0.13.0-simulated";

    private readonly OllamaProtocol _ollama = new();
    private readonly OpenAiProtocol _openAi = new();
    private readonly AzureProtocol _azure = new();
    private readonly Gatekeeper _gate = new(options);

    public Task HandleAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("POST", "/api/chat") => chat.HandleAsync(context, _ollama),
        ("POST", "/v1/chat/completions") => chat.HandleAsync(context, _openAi),
        ("GET" or "HEAD", "/") => context.Response.WriteAsync("Ollama is running", context.RequestAborted),
        ("GET", "/api/version") => Json(context, new { version = Version }),
        ("GET", "/api/tags") => Json(context, new { models = models.Installed.Select(Tag) }),
        ("GET", "/api/ps") => Json(context, new { models = models.Loaded.Select(Running) }),
        (_, { } path) when path.StartsWith("/openai/", StringComparison.Ordinal) && !_gate.AdmitsToAzure(context.Request) => Gatekeeper.RefuseAsync(context),
        ("POST", "/openai/v1/chat/completions") => chat.HandleAsync(context, _azure),
        (_, { } path) when path.StartsWith("/inference/", StringComparison.Ordinal) && !_gate.AdmitsToGitHub(context.Request) => Gatekeeper.RefuseAsync(context),
        ("POST", "/inference/chat/completions") => chat.HandleAsync(context, _openAi),
        // Azure lists what could be deployed: not one of the names that answer.
        ("GET", "/openai/v1/models") => Json(context, new { @object = "list", data = new[] { Listed(new("gpt-4o-2024-08-06", 0)) } }),
        ("GET", "/msi/token") when options.Token is not null => TokenAsync(context, options.Token),
        ("GET", "/v1/models") => Json(context, new { @object = "list", data = models.Installed.Select(Listed) }),
        _ => NotFound(context),
    };

    private static Task Json(HttpContext context, object value)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(value), context.RequestAborted);
    }

    /// <summary>What the identity endpoint of App Service answers (api-version 2019-08-01).</summary>
    private Task TokenAsync(HttpContext context, string token)
    {
        var expires = options.Time.GetUtcNow() + TimeSpan.FromHours(1);
        var text = expires.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Json(context, new { access_token = token, expires_on = text, resource = context.Request.Query["resource"].ToString(), token_type = "Bearer" });
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("404 page not found", context.RequestAborted);
    }

    private object Tag(SimulatorModel model) => new
    {
        name = model.Name,
        model = model.Name,
        modified_at = options.Time.GetUtcNow(),
        size = model.Size,
        digest = "sha256:simulated",
        details = new { format = "gguf", family = "simulated", parameter_size = "0B", quantization_level = "none" },
    };

    private object Running(SimulatorModel model) =>
        new { name = model.Name, model = model.Name, size = model.Size, size_vram = 0L, expires_at = options.Time.GetUtcNow() + TimeSpan.FromMinutes(5) };

    private static object Listed(SimulatorModel model) => new { id = model.Name, @object = "model", created = 0, owned_by = "simulator" };
}
