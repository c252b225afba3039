using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class EffectiveEndpointsTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_list_keeps_its_limits_and_no_limit_stays_none()
    {
        var loaded = ConfigFolder.LoadText(
            """
            { "runtime": { "ollama": { "concurrency": 6, "endpoints": [
              { "name": "gpu-1", "url": "http://a:1", "limit": 2, "weight": 1.5 }, { "name": "gpu-2", "url": "http://b:1" } ] } } }
            """);

        Assert.Equal(
            [("gpu-1", 6, (int?)2), ("gpu-2", 6, null)], loaded.Endpoints.Select(endpoint => (endpoint.Name, endpoint.Concurrency, endpoint.Limit)));
        Assert.Equal(1.5, loaded.Options.Runtime.Providers["ollama"].Endpoints[0].Weight);
    }

    [Fact]
    public void Only_providers_in_use_have_endpoints_and_slots()
    {
        var loaded = ConfigFolder.LoadText(
            """
            { "runtime": { "openai": { "endpoint": "http://a:1/v1", "concurrency": 5 }, "simulated": { "concurrency": 50 } },
              "agents": [ { "id": "executor", "provider": "openai" } ] }
            """);

        Assert.Equal(["ollama", "openai"], loaded.Endpoints.Select(endpoint => endpoint.Provider));
        Assert.Equal(7, loaded.Slots);
    }

    [Fact]
    public void A_simulated_provider_has_no_limit_for_it_shares_nothing()
    {
        var endpoint = Assert.Single(ConfigFolder.LoadText("{}", new CommandLineOverrides(Provider: "simulated")).Endpoints);

        Assert.Null(endpoint.Limit);
    }

    [Fact]
    public void The_key_is_read_from_its_variable_and_never_printed()
    {
        _folder.With(ConfigurationFile.Standard, """{ "runtime": { "defaultProvider": "openai", "openai": { "endpoint": "http://a:1/v1", "keyEnv": "MY_KEY" } } }""");
        _folder.Environment["MY_KEY"] = "hunter2";

        var loaded = _folder.Load();

        Assert.Equal("hunter2", loaded.Endpoints[0].Key!.Value);
        Assert.DoesNotContain("hunter2", loaded.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", EffectiveConfiguration.Render(loaded), StringComparison.Ordinal);
        Assert.Contains("MY_KEY", EffectiveConfiguration.Render(loaded), StringComparison.Ordinal);
    }

    [Fact]
    public void More_slots_than_the_endpoints_accept_is_a_finding()
    {
        var loaded = ConfigFolder.LoadText(
            """{ "runtime": { "ollama": { "concurrency": 14, "endpoints": [ { "name": "ollama-1", "url": "http://a:1", "limit": 2 } ] } } }""");

        Assert.Contains("14 slots, but the endpoints accept 2 calls at once (ollama-1 2)", Assert.Single(ConfigurationFindings.Of(loaded)), StringComparison.Ordinal);
        Assert.Empty(ConfigurationFindings.Of(ConfigFolder.LoadText("{}")));
        Assert.NotEmpty(ConfigurationFindings.Of(ConfigFolder.LoadText("{}"), instances: 2));
    }
}
