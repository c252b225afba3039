using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Simulator;

namespace Ripieno.Tests.Cli;

/// <summary>Runs whose provider is away, by whole commands.</summary>
public sealed class FallbackRunTests : IAsyncLifetime
{
    private readonly CommandRun _command = new();
    private ModelSimulator _azure = null!;

    public async ValueTask InitializeAsync()
    {
        _azure = await ModelSimulator.StartAsync(new SimulatorOptions { Models = [new("chat-prod", 0)], Key = "hunter2", Slots = 8, RevisionRate = 0 });
        _command.With("backlog.md", "# Small shop\n\n- [ ] Add a cart\n").WithVariable("AZURE_OPENAI_ENDPOINT", _azure.Url.AbsoluteUri).WithVariable("AZURE_OPENAI_API_KEY", "hunter2");
        Config("""{ "provider": "azure-openai", "model": "gpt-4o" }""");
    }

    public async ValueTask DisposeAsync()
    {
        await _azure.DisposeAsync();
        _command.Dispose();
    }

    [Fact]
    public async Task The_fallback_answers_and_every_output_says_so()
    {
        var run = await _command.RunAsync("run", "backlog.md", "--id", "away");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("warning: ollama cannot be reached", run.Error);
        Assert.Contains("Until then azure-openai/gpt-4o answers in its place.", run.Error);
        Assert.Contains("plan: answered by azure-openai/gpt-4o instead of ollama/llama3.2: Endpoint 'ollama' (http://127.0.0.1:1) cannot be reached", run.Output);
        Assert.Contains("3 steps answered by azure-openai/gpt-4o", run.Output.ReplaceLineEndings(" "));
        Assert.All(_azure.Requests, request => Assert.Equal(("/openai/v1/chat/completions", "chat-prod", "hunter2"), (request.Path, request.Model, request.ApiKey?.Value)));
        Assert.Contains("asks another model: azure-openai/gpt-4o instead of ollama/llama3.2", (await _command.RunAsync("logs", "away")).Output);

        var shown = JsonDocument.Parse((await _command.RunAsync("show", "away", "--steps", "--json")).Output).RootElement;
        Assert.All(
            shown.GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("tokens").GetProperty("output").GetInt64() > 0),
            step => Assert.Equal("azure-openai/gpt-4o", step.GetProperty("model").GetString()));
        Assert.Equal(3, shown.GetProperty("fallbacks").GetArrayLength());
        Assert.False(shown.GetProperty("simulated").GetBoolean());

        var summary = await File.ReadAllTextAsync(Path.Combine(_command.Folder, "artifacts", "away", "summary.md"));
        Assert.Contains("## Answered by other models", summary);
        Assert.Contains("`plan`: azure-openai/gpt-4o instead of ollama/llama3.2", summary);
        var figures = (await _command.RunAsync("store", "figures", "--json")).Output;
        Assert.Contains("\"model\":\"azure-openai/gpt-4o\"", figures);
        Assert.DoesNotContain("ollama/llama3.2", figures);
    }

    [Fact]
    public async Task Made_up_answers_as_a_fallback_are_called_that()
    {
        Config("""{ "provider": "simulated", "model": "llama3.2" }""", """, "simulated": { "latency": "1ms", "revisionRate": 0 }""");

        var run = await _command.RunAsync("run", "backlog.md", "--id", "made-up");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("answers are made up", run.Error);
        Assert.Contains("(simulated answers)", run.Output);
        Assert.True(JsonDocument.Parse((await _command.RunAsync("show", "made-up", "--json")).Output).RootElement.GetProperty("simulated").GetBoolean());
        Assert.Contains("`plan` (simulated answers)", await File.ReadAllTextAsync(Path.Combine(_command.Folder, "artifacts", "made-up", "summary.md")));
    }

    [Fact]
    public async Task A_healthy_provider_is_not_replaced()
    {
        await using var ollama = await ModelSimulator.StartAsync(new SimulatorOptions { Slots = 8, RevisionRate = 0 });
        _command.WithVariable("OLLAMA_HOST", ollama.Url.AbsoluteUri);

        var run = await _command.RunAsync("run", "backlog.md", "--id", "healthy");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Empty(_azure.Requests);
        Assert.DoesNotContain("instead of", run.Output + run.Error);
    }

    [Theory]
    [InlineData("run", "backlog.md")]
    [InlineData("submit", "backlog.md")]
    [InlineData("config", "check")]
    [InlineData("doctor")]
    public async Task A_key_that_is_not_set_is_found_before_anything_is_stored(params string[] command)
    {
        _command.WithVariable("AZURE_OPENAI_API_KEY", "");

        var outcome = await _command.RunAsync(command);

        Assert.Equal(ExitCode.Usage, outcome.ExitCode);
        Assert.Contains("runtime.azure-openai.keyEnv: found the environment variable AZURE_OPENAI_API_KEY, which is not set", outcome.Error);
        Assert.DoesNotContain(_command.Files, file => file.EndsWith(".db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_secret_is_in_anything_that_is_written_though_the_server_echoes_it()
    {
        _command.WithVariable("AZURE_OPENAI_API_KEY", "canary-4711");

        var outputs = new[]
        {
            await _command.RunAsync("run", "backlog.md", "--id", "leaky"), await _command.RunAsync("doctor"), await _command.RunAsync("config", "show"),
            await _command.RunAsync("config", "check"),
        };

        Assert.Contains("***", outputs[0].Error);
        Assert.All(outputs, outcome => Assert.DoesNotContain("canary-4711", outcome.Output + outcome.Error));
        foreach (var file in _command.Files.Select(file => Path.Combine(_command.Folder, file)).Where(File.Exists))
            Assert.DoesNotContain("canary-4711", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
    }

    private void Config(string fallback, string more = "") => _command.With("config/agents.config.json", $$"""
        { "runtime": { "ollama": { "host": "http://127.0.0.1:1" }, "fallbackProviders": [ {{fallback}} ],
            "azure-openai": { "endpointEnv": "AZURE_OPENAI_ENDPOINT", "credential": "key" }{{more}} },
          "models": { "azure-openai": { "gpt-4o": { "context": 8192, "deployment": "chat-prod" } } } }
        """);
}
