using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

/// <summary>Limits that hold for all instances, as the config says them.</summary>
public sealed class ClusterLimitKeysTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rates_of_listed_endpoints_arrive_and_are_shown()
    {
        var loaded = Runtime("""
            "ollama": { "endpoints": [ { "name": "a", "url": "http://a:1", "requestsPerMinute": 60, "tokensPerMinute": 9000 }, { "name": "b", "url": "http://b:1", "limit": 3 }, { "name": "c", "url": "http://c:1" } ] }
            """);

        Assert.Equal(
            [("endpoint/a", 60, 9000, true), ("endpoint/b", null, null, true), ("endpoint/c@c:1", null, null, false)],
            loaded.Endpoints.Select(endpoint => (endpoint.LimitName, endpoint.RequestsPerMinute, endpoint.TokensPerMinute, endpoint.NeedsPermit)));
        Assert.Equal(3, Again(loaded).Endpoints.Length);
        Assert.Equal(loaded.Endpoints.Select(endpoint => endpoint with { }), Again(loaded).Endpoints);
    }

    [Theory]
    [InlineData("ollama", "\"host\": \"http://one:1\"")]
    [InlineData("openai", "\"endpoint\": \"http://one:1\"")]
    [InlineData("azure-openai", "\"endpoint\": \"https://one.openai.azure.com\"")]
    [InlineData("github-models", "\"endpoint\": \"http://one:1\"")]
    public void A_lone_endpoint_takes_rates_and_then_has_one_name_everywhere(string kind, string place)
    {
        _folder.Environment["GITHUB_TOKEN"] = "t";
        var loaded = Runtime($$"""
            "store": { "kind": "redis", "endpoints": ["r"] }, "defaultProvider": "{{kind}}", "{{kind}}": { {{place}}, "requestsPerMinute": 6, "tokensPerMinute": 70 }
            """);

        var endpoint = Assert.Single(loaded.Endpoints);
        Assert.Equal(($"endpoint/{kind}", 6, 70), (endpoint.LimitName, endpoint.RequestsPerMinute, endpoint.TokensPerMinute));
        Assert.Equal(endpoint, Assert.Single(Again(loaded).Endpoints));
    }

    [Fact]
    public void Rates_beside_a_list_of_endpoints_are_refused()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => Runtime("\"ollama\": { \"endpoints\": [ { \"name\": \"a\", \"url\": \"http://a:1\" } ], \"requestsPerMinute\": 6 }"));
        Assert.Contains("requestsPerMinute", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://gpu:11434", "endpoint/ollama@gpu:11434")]
    [InlineData("http://localhost:11434", "endpoint/ollama@MACHINE:11434")]
    [InlineData("http://127.0.0.1:7", "endpoint/ollama@MACHINE:7")]
    public void Without_limits_the_address_tells_servers_apart_and_loopback_is_another_on_each_machine(string host, string name)
    {
        var loaded = Runtime($$"""
            "store": { "kind": "redis", "endpoints": ["r"] }, "ollama": { "host": "{{host}}" }
            """);
        Assert.Equal(name.Replace("MACHINE", Environment.MachineName, StringComparison.Ordinal), Assert.Single(loaded.Endpoints).LimitName);
    }

    [Fact]
    public void Made_up_answers_share_nothing()
    {
        var endpoint = Assert.Single(Runtime("\"defaultProvider\": \"simulated\"").Endpoints);
        Assert.Equal((false, false), (endpoint.NeedsPermit, endpoint.SharesCooling));
    }

    [Fact]
    public void A_tenants_quota_goes_with_its_submissions_and_the_stores_bound_with_both_kinds()
    {
        var loaded = _folder.With(ConfigurationFile.Standard, """
            { "tenants": { "research": { "weight": 3, "maxQueued": 5 }, "other": { "weight": 2 } }, "runtime": { "store": { "maxQueued": 77 } } }
            """).Load();

        Assert.Equal((5, 3, null), (loaded.Options.Tenants["research"].MaxQueued, loaded.Options.Tenants["research"].Weight, loaded.Options.Tenants["other"].MaxQueued));
        Assert.Equal(77, loaded.Options.Runtime.Store.MaxQueued);
        var again = Again(loaded);
        Assert.Equal((5, 77), (again.Options.Tenants["research"].MaxQueued, again.Options.Runtime.Store.MaxQueued));
    }

    private LoadedConfiguration Runtime(string keys) => _folder.With(ConfigurationFile.Standard, $$"""{ "runtime": { {{keys}} } }""").Load();

    private LoadedConfiguration Again(LoadedConfiguration loaded) => _folder.With("again.json", EffectiveConfiguration.Render(loaded)).Load("again.json");
}
