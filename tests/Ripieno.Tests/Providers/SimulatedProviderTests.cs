using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Tests.Simulator;

namespace Ripieno.Tests.Providers;

public sealed class SimulatedProviderTests
{
    private static readonly Endpoint Endpoint = new("simulated", "simulated", new Uri("simulated:"), Concurrency: 2, Limit: null, Key: null);

    [Fact]
    public async Task The_same_seed_gives_the_same_answer_with_usage()
    {
        var first = await AskAsync(seed: 4);
        var second = await AskAsync(seed: 4);
        var other = await AskAsync(seed: 6);

        Assert.Equal(first.Text, second.Text);
        Assert.NotEqual(first.Text, other.Text);
        Assert.Equal(ChatFinishReason.Stop, first.FinishReason);
        Assert.True(first.Usage is { InputTokenCount: > 0, OutputTokenCount: > 0 });
    }

    [Fact]
    public async Task Reviews_follow_the_revision_rate()
    {
        Assert.Contains("revise", (await AskAsync(seed: 1, revisionRate: 1, Calls.ReviewOptions)).Text, StringComparison.Ordinal);
        Assert.Contains("approve", (await AskAsync(seed: 1, revisionRate: 0, Calls.ReviewOptions)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_takes_about_the_time_configured()
    {
        var time = new GatedTime();
        var latency = TimeSpan.FromSeconds(10);
        using var client = Client(time, new ProviderOptions { Latency = latency });
        var call = client.GetResponseAsync("Tell me.");
        Assert.False(call.IsCompleted);

        time.Open();
        await call;

        Assert.InRange(time.Waited, latency * 0.5, latency * 1.5);
    }

    [Fact]
    public async Task A_call_can_be_cancelled()
    {
        using var client = Client(new GatedTime(), new ProviderOptions { Latency = TimeSpan.FromHours(1) });
        using var cancel = new CancellationTokenSource();
        var call = client.GetResponseAsync("Tell me.", cancellationToken: cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task It_has_the_models_that_the_configuration_names()
    {
        var options = new RipienoOptions { Agents = [new AgentOptions { Id = "planner", DefaultModel = "qwen3:8b" }] };
        using var providers = ModelProviders.Create(options, TimeProvider.System);

        var report = await providers.ByKind["simulated"].ProbeAsync(Endpoint, CancellationToken.None);

        Assert.True(report.Reachable);
        Assert.True(report.Has("qwen3:8b"));
        Assert.True(report.Has("llama3.2"));
    }

    private static async Task<ChatResponse> AskAsync(int seed, double revisionRate = 0, ChatOptions? options = null)
    {
        using var client = Client(TimeProvider.System, new ProviderOptions { Seed = seed, RevisionRate = revisionRate, Latency = TimeSpan.Zero });
        return await client.GetResponseAsync("Tell me.", options);
    }

    private static IChatClient Client(TimeProvider time, ProviderOptions provider)
    {
        var options = new RipienoOptions { Runtime = new() { Providers = new RuntimeOptions().Providers.Add("simulated", provider) } };
        return ModelProviders.Create(options, time).ByKind["simulated"].CreateClient(Endpoint, new ModelChoice("simulated", "any", 4096, 0, Parallel: true));
    }
}
