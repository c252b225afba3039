using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Simulator;

namespace Ripieno.Tests.Providers;

public sealed class GitHubModelsTests : IAsyncLifetime
{
    private readonly ModelProviders _providers = ModelProviders.Create(new RipienoOptions(), TimeProvider.System);
    private ModelSimulator _simulator = null!;

    private IModelProvider Provider => _providers.ByKind[ProviderKind.GitHubModels];

    public async ValueTask InitializeAsync() =>
        _simulator = await ModelSimulator.StartAsync(new SimulatorOptions { Models = [new("openai/gpt-4o-mini", 0)], Token = "github-token" });

    public async ValueTask DisposeAsync()
    {
        _providers.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_carries_the_token_and_the_model(bool stream)
    {
        using var client = Provider.CreateClient(Endpoint("github-token"), Model);

        await Calls.AskAsync(client, stream, Calls.ReviewOptions);

        var request = Assert.Single(_simulator.Requests);
        Assert.Equal(("/inference/chat/completions", "openai/gpt-4o-mini", "review"), (request.Path, request.Model, request.Schema));
        Assert.Equal("Bearer github-token", request.Authorization?.Value);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_and_not_told()
    {
        using var client = Provider.CreateClient(Endpoint("ghp-wrong"), Model);

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => Calls.AskAsync(client, stream: true));

        Assert.Equal(ModelRefusal.Credentials, failure.Refusal);
        Assert.Contains("runtime.github-models.tokenEnv", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ghp-wrong", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gone_says_what_to_do()
    {
        _simulator.Fail(1, FaultKind.Gone);
        using var client = Provider.CreateClient(Endpoint("github-token"), Model);

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => Calls.AskAsync(client, stream: true));

        Assert.Equal(ModelRefusal.Gone, failure.Refusal);
        Assert.Contains("has been withdrawn and is not asked again. Choose another model or provider, or correct runtime.github-models", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_list_of_models_answers_all_the_same()
    {
        var report = await Provider.ProbeAsync(Endpoint("github-token"), CancellationToken.None);
        var refused = await Provider.ProbeAsync(Endpoint("ghp-wrong"), CancellationToken.None);

        Assert.True(report.Reachable, report.Failure);
        Assert.True(report.Has("any/model"));
        Assert.False(refused.Reachable);
    }

    private static ModelChoice Model { get; } = new(ProviderKind.GitHubModels, "openai/gpt-4o-mini", 8192, 0.4, Parallel: true);

    private Endpoint Endpoint(string token) => new("github", ProviderKind.GitHubModels, _simulator.GitHubUrl, 2, null, new Secret(token));
}
