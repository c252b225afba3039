using Ripieno.Models;
using Ripieno.Simulator;

namespace Ripieno.Tests.Providers;

public sealed class ProbeTests : IAsyncLifetime
{
    private ModelSimulator _simulator = null!;
    private Calls _calls = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ModelSimulator.StartAsync(new SimulatorOptions { Models = [new("llama3.2:latest", 1000), new("qwen3:8b", 2000)] });
        _calls = new Calls(_simulator);
    }

    public async ValueTask DisposeAsync()
    {
        _calls.Dispose();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Ollama_tells_its_version_and_models()
    {
        var report = await _calls.Provider("ollama").ProbeAsync(_calls.Endpoint("ollama"), CancellationToken.None);

        Assert.True(report.Reachable, report.Failure);
        Assert.Equal(ServerRoutes.Version, report.Version);
        Assert.Equal([new("llama3.2:latest", 1000), new InstalledModel("qwen3:8b", 2000)], report.Models);
        Assert.True(report.Has("llama3.2"));
    }

    [Fact]
    public async Task An_openai_server_tells_its_models()
    {
        var report = await _calls.Provider("openai").ProbeAsync(_calls.Endpoint("openai"), CancellationToken.None);

        Assert.True(report.Reachable, report.Failure);
        Assert.Null(report.Version);
        Assert.Equal(["llama3.2:latest", "qwen3:8b"], report.Models.Select(model => model.Name));
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_server_that_is_away_is_reported(string kind)
    {
        var endpoint = _calls.Endpoint(kind);
        await _simulator.DisposeAsync();

        var report = await _calls.Provider(kind).ProbeAsync(endpoint, CancellationToken.None);

        Assert.False(report.Reachable);
        Assert.Contains("cannot be reached", report.Failure!, StringComparison.Ordinal);
        Assert.Empty(report.Models);
    }

    [Theory]
    [InlineData("ollama", "nowhere/")]
    [InlineData("openai", "nowhere/")]
    [InlineData("openai", "")]
    public async Task A_server_of_another_kind_is_reported(string kind, string path)
    {
        var endpoint = _calls.Endpoint(kind) with { Url = new Uri(_simulator.Url, path) };

        var report = await _calls.Provider(kind).ProbeAsync(endpoint, CancellationToken.None);

        Assert.False(report.Reachable);
        Assert.Contains("404", report.Failure!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_cancelled_probe_throws(string kind) =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _calls.Provider(kind).ProbeAsync(_calls.Endpoint(kind), new CancellationToken(canceled: true)));

    [Fact]
    public async Task Ollama_tells_whether_a_model_is_in_memory()
    {
        Task<bool?> Loaded(string model) => _calls.Provider("ollama").IsLoadedAsync(_calls.Endpoint("ollama"), model, CancellationToken.None);
        Assert.False(await Loaded("llama3.2"));

        await _calls.AskAsync("ollama", stream: true);

        Assert.True(await Loaded("llama3.2"));
        Assert.False(await Loaded("qwen3:8b"));
        Assert.Null(await _calls.Provider("openai").IsLoadedAsync(_calls.Endpoint("openai"), "llama3.2", CancellationToken.None));
    }
}
