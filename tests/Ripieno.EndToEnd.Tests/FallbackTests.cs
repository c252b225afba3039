using System.Text.Json;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;

namespace Ripieno.EndToEnd.Tests;

/// <summary>Providers of the cloud, and what answers when one is away, with the real command.</summary>
[Collection(Collections.Redis)]
public sealed class FallbackTests
{
    [Fact]
    public async Task A_provider_that_dies_in_mid_run_is_answered_for_and_the_switch_is_told()
    {
        var ollama = await ModelSimulator.StartAsync(new() { Slots = 8, RevisionRate = 0 });
        await using var azure = await ModelSimulator.StartAsync(new() { Slots = 8, RevisionRate = 0, Models = [new("chat-prod", 0)], Key = "azure-key" });
        using var workspace = Prepare("key");
        ollama.Pass(1);
        ollama.Fail(100, FaultKind.HangBeforeHeaders);
        var environment = Environment(azure);
        environment["OLLAMA_HOST"] = ollama.Url.AbsoluteUri;
        environment["AZURE_OPENAI_API_KEY"] = "azure-key";

        using var process = RipienoProcess.Start(workspace, environment, "run", "Add a cart", "--id", "dying");
        // The plan has been answered, and a task is being asked for: now the server goes, and with it the call.
        await ollama.WhenAsync(simulator => simulator.Requests.Length >= 2);
        await ollama.DisposeAsync();
        var run = (await process.WaitAsync()).Exits(0);

        Assert.Contains("answered by azure-openai/gpt-4o instead of ollama/llama3.2", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", run.Error, StringComparison.Ordinal);
        Assert.NotEmpty(azure.Requests);
        var shown = (await RipienoProcess.RunAsync(workspace, environment, "show", "dying", "--steps", "--json")).Exits(0);
        var models = JsonDocument.Parse(shown.Output).RootElement.GetProperty("steps").EnumerateArray()
            .ToDictionary(step => step.GetProperty("key").GetString()!, step => step.GetProperty("model").GetString(), StringComparer.Ordinal);
        Assert.Equal("ollama/llama3.2", models["plan"]);
        Assert.Contains("azure-openai/gpt-4o", models.Values);
    }

    [Fact]
    public async Task Entra_id_gets_its_token_from_the_machines_identity()
    {
        await using var azure = await ModelSimulator.StartAsync(new() { Slots = 8, RevisionRate = 0, Models = [new("chat-prod", 0)], Token = "canary-token" });
        using var workspace = Prepare("entra-id");
        var environment = Environment(azure);
        environment["AZURE_TOKEN_CREDENTIALS"] = "ManagedIdentityCredential";
        environment["IDENTITY_ENDPOINT"] = azure.IdentityUrl.AbsoluteUri;
        environment["IDENTITY_HEADER"] = "secret";

        (await RipienoProcess.RunAsync(workspace, environment, "run", "Add a cart", "--id", "keyless", "--model", "smart")).Exits(0);

        Assert.NotEmpty(azure.Requests);
        Assert.All(azure.Requests, request => Assert.Equal(("Bearer canary-token", "chat-prod"), (request.Authorization?.Value, request.Model)));
        foreach (var file in Directory.EnumerateFiles(workspace.Folder, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain("canary-token", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_set_is_refused_with_nothing_stored()
    {
        await using var azure = await ModelSimulator.StartAsync(new() { Key = "azure-key" });
        using var workspace = Prepare("key");

        var refused = (await RipienoProcess.RunAsync(workspace, Environment(azure), "run", "Add a cart")).Exits(2);

        Assert.Contains("config/agents.config.json:", refused.Error, StringComparison.Ordinal);
        Assert.Contains("runtime.azure-openai.keyEnv: found the environment variable AZURE_OPENAI_API_KEY, which is not set", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.Store));
    }

    private static Dictionary<string, string> Environment(ModelSimulator azure) => new(StringComparer.Ordinal) { ["AZURE_OPENAI_ENDPOINT"] = azure.Url.AbsoluteUri };

    private static Workspace Prepare(string credential)
    {
        var workspace = new Workspace();
        workspace.Write("config/agents.config.json", $$"""
            {
              "runtime": {
                "fallbackProviders": ["smart"],
                "azure-openai": { "endpointEnv": "AZURE_OPENAI_ENDPOINT", "credential": "{{credential}}" }
              },
              "models": {
                "azure-openai": { "gpt-4o": { "deployment": "chat-prod" } },
                "aliases": { "smart": { "provider": "azure-openai", "model": "gpt-4o" } }
              }
            }
            """);
        return workspace;
    }
}
