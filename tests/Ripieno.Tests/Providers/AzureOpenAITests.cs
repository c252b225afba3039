using System.Collections.Concurrent;
using Azure.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Simulator;

namespace Ripieno.Tests.Providers;

/// <summary>What Azure OpenAI is sent, and what its refusals become.</summary>
public sealed class AzureOpenAITests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeIdentity _identity;
    private ModelSimulator _simulator = null!;
    private ModelProviders _providers = null!;

    public AzureOpenAITests() => _identity = new(_time);

    public async ValueTask InitializeAsync()
    {
        _simulator = await ModelSimulator.StartAsync(new SimulatorOptions { Models = [new("chat-prod", 0)], Key = "azure-key", Token = "entra-1" });
        _providers = ModelProviders.Create(new RipienoOptions(), _time, () => _identity);
    }

    public async ValueTask DisposeAsync()
    {
        _providers.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_with_a_key_goes_to_the_deployment_with_options_and_schema(bool stream)
    {
        var answer = await AskAsync(key: "azure-key", stream: stream, options: Calls.ReviewOptions);

        var request = Assert.Single(_simulator.Requests);
        Assert.Equal("/openai/v1/chat/completions", request.Path);
        Assert.Equal("chat-prod", request.Model);
        Assert.Equal("review", request.Schema);
        Assert.Equal(0.25, request.Temperature);
        Assert.Equal("azure-key", request.ApiKey?.Value);
        Assert.Null(request.Authorization);
        Assert.NotEqual("", answer.Text);
        Assert.Equal(0, _identity.Asked);
    }

    [Fact]
    public async Task The_options_own_model_does_not_displace_the_deployment()
    {
        await AskAsync(key: "azure-key", options: new ChatOptions { ModelId = "gpt-4o" });

        Assert.Equal("chat-prod", Assert.Single(_simulator.Requests).Model);
    }

    [Fact]
    public async Task Without_a_deployment_the_models_name_is_asked_for()
    {
        await AskAsync(key: "azure-key", model: "chat-prod", deployment: null);

        Assert.Equal("chat-prod", Assert.Single(_simulator.Requests).Model);
    }

    [Fact]
    public async Task A_token_of_entra_id_is_sent_as_bearer_and_kept_until_shortly_before_its_end()
    {
        await AskAsync();
        await AskAsync();
        Assert.Equal((1, "https://cognitiveservices.azure.com/.default"), (_identity.Asked, Assert.Single(_identity.Scopes.Distinct())));

        _time.Advance(TimeSpan.FromMinutes(54));
        await AskAsync();
        Assert.Equal(1, _identity.Asked);

        _time.Advance(TimeSpan.FromMinutes(2));
        await AskAsync();

        Assert.Equal(2, _identity.Asked);
        Assert.All(_simulator.Requests, request => Assert.Equal("Bearer entra-1", request.Authorization?.Value));
        Assert.All(_simulator.Requests, request => Assert.Null(request.ApiKey));
    }

    [Fact]
    public async Task Calls_that_begin_together_ask_for_one_token()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync()));

        Assert.Equal((1, 8), (_identity.Asked, _simulator.Requests.Length));
    }

    [Fact]
    public async Task A_token_that_still_holds_is_used_when_its_renewal_fails()
    {
        await AskAsync();
        _identity.Failure = new Azure.Identity.AuthenticationFailedException("Entra ID is down.");
        _time.Advance(TimeSpan.FromMinutes(57));
        await AskAsync();
        Assert.Equal(2, _identity.Asked);

        _time.Advance(TimeSpan.FromMinutes(4));

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync());
        Assert.Contains("Entra ID is down", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_an_identity_is_told_what_to_do()
    {
        _identity.Failure = new Azure.Identity.CredentialUnavailableException("Nothing configured.");

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync());

        Assert.Equal(ModelRefusal.Credentials, failure.Refusal);
        Assert.Contains("'az login'", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_simulator.Requests);
    }

    [Fact]
    public async Task An_identity_service_that_is_away_is_waited_for()
    {
        _identity.Failure = new Azure.Identity.AuthenticationFailedException("No answer.", new HttpRequestException("connection refused"));

        await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync());
    }

    [Theory]
    [InlineData(null, "wrong-token", "'Cognitive Services OpenAI User'")]
    [InlineData("wrong-key", "entra-1", "runtime.azure-openai.keyEnv")]
    public async Task A_wrong_credential_is_refused_and_never_told_though_the_server_echoes_it(string? key, string token, string nextStep)
    {
        _identity.Token = token;

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync(key: key));

        Assert.Equal(ModelRefusal.Credentials, failure.Refusal);
        Assert.Contains(nextStep, failure.Message, StringComparison.Ordinal);
        Assert.Contains("You sent: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("***", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_that_does_not_exist_is_a_refusal_of_the_model()
    {
        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync(key: "azure-key", deployment: "gone-prod"));

        Assert.Equal(ModelRefusal.Model, failure.Refusal);
        Assert.Contains("The API deployment for this resource does not exist", failure.Message, StringComparison.Ordinal);
        Assert.Contains("models.azure-openai.MODEL.deployment", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_content_filter_refuses_is_the_requests_own_fault()
    {
        _simulator.Fail(1, FaultKind.ContentFilter);

        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync(key: "azure-key"));

        Assert.Equal(ModelRefusal.Request, failure.Refusal);
        Assert.Contains("content filter refused the prompt", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", null, 7000)]
    [InlineData("7", "250", 250)]
    [InlineData(null, "1500.5", 1500.5)]
    [InlineData("7", "soon", 7000)]
    [InlineData(null, "99999999999", 600_000)]
    public async Task Too_many_requests_are_waited_for_as_long_as_asked(string? seconds, string? milliseconds, double expected)
    {
        _simulator.Fail(1, FaultKind.TooManyRequests, seconds, milliseconds);

        var failure = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(key: "azure-key"));

        Assert.Equal(TimeSpan.FromMilliseconds(expected), failure.RetryAfter);
    }

    [Fact]
    public async Task A_look_tells_whether_it_can_be_reached_but_not_which_deployments_there_are()
    {
        var provider = _providers.ByKind[ProviderKind.AzureOpenAI];

        var report = await provider.ProbeAsync(Endpoint("azure-key"), CancellationToken.None);
        var refused = await provider.ProbeAsync(Endpoint("wrong-key"), CancellationToken.None);

        Assert.True(report.Reachable, report.Failure);
        Assert.True(report.Has("whatever"));
        Assert.False(refused.Reachable);
        Assert.DoesNotContain("wrong-key", refused.Failure!, StringComparison.Ordinal);
        Assert.Contains("401", refused.Failure!, StringComparison.Ordinal);
    }

    private Endpoint Endpoint(string? key) =>
        new("azure", ProviderKind.AzureOpenAI, AzureOpenAI.Address(_simulator.Url), Concurrency: 2, Limit: null, key is null ? null : new Secret(key));

    private async Task<ChatResponse> AskAsync(string? key = null, string model = "gpt-4o", string? deployment = "chat-prod", bool stream = true, ChatOptions? options = null)
    {
        var choice = new ModelChoice(ProviderKind.AzureOpenAI, model, Context: 4096, Temperature: 0.25, Parallel: true, Deployment: deployment);
        using var client = _providers.ByKind[ProviderKind.AzureOpenAI].CreateClient(Endpoint(key), choice);
        return await Calls.AskAsync(client, stream, options);
    }

    private sealed class FakeIdentity(TimeProvider time) : TokenCredential
    {
        private int _asked;

        public int Asked => _asked;

        public ConcurrentQueue<string> Scopes { get; } = [];

        public string Token { get; set; } = "entra-1";

        public Exception? Failure { get; set; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException("Tokens are asked for asynchronously.");

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            Array.ForEach(requestContext.Scopes, Scopes.Enqueue);
            // Others that ask meanwhile must find the lock taken.
            await Task.Yield();
            return Failure is { } failure ? throw failure : new AccessToken(Token, time.GetUtcNow() + TimeSpan.FromHours(1));
        }
    }
}
